const { data } = JSON.parse(altair.response.body);
await altair.storage.set('taskId', data.createTask.id);
