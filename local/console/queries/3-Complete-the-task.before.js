// The page's head (local/console/head.html) asks for an id instead of sending a request with this placeholder.
altair.helpers.setEnvironment('taskId', (await altair.storage.get('taskId')) ?? '<no task yet>');
