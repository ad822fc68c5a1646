// The entry of the package: session, transport, operations and errors. The synchronization is in the entry `./sync`.
export { TasksClient, type Settings, type Times } from './client.js';
export * from './errors.js';
export { fold, matches, type TaskConditions } from './filter.js';
export type {
  CreateTaskInput, MoveTaskInput, TaskAction, TaskActionInput, TaskActorKind, TaskDueInput, TaskEventType, TaskFilterInput, TaskOrder, TaskPriority,
  UpdateSettingsInput, UpdateTaskInput,
} from './gql/graphql.js';
/** The statuses that there were when the package was made, in the schema's order. The API may have more. */
export { TaskStatus } from './gql/graphql.js';
export type { Document, SendOptions } from './http.js';
export * from './operations.js';
export { realtimeUrlOf, type Connection, type Handshake, type Observer } from './realtime.js';
export { amplify, apiKey, Session, userPool, type Credentials, type SessionState, type Target } from './session.js';
