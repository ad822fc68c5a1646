const { data } = JSON.parse(altair.response.body);
if (data?.createTask) {
  await altair.storage.set('taskId', data.createTask.id);
}
