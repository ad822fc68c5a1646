altair.helpers.setEnvironment('taskId', await altair.storage.get('taskId'));
