// The operations that both clients run.
const WHOLE = 'id userId title description status createdAt updatedAt completedAt version';

export const CREATE = `mutation Create($input: CreateTaskInput!) { createTask(input: $input) { ${WHOLE} } }`;
export const COMPLETE = 'mutation Complete($id: ID!) { completeTask(id: $id) { id status } }';
export const TASK = 'query Task($id: ID!) { task(id: $id) { id } }';
export const COMPLETED = `subscription Completed($userId: ID) { onTaskCompleted(userId: $userId) { ${WHOLE} } }`;
