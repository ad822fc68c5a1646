const taskId = await altair.storage.get('taskId');
if (!taskId) {
  throw new Error('Create a task first, in the window beside.');
}
altair.helpers.setEnvironment('taskId', taskId);
