// The entry `./sync`: a user's tasks, local first.
export { Contradiction, type Change, type Place, type Resolve, type Transition } from './changes.js';
export { TaskList, type ListSettings, type ListState, type TaskRow } from './list.js';
export { dueOf, mergeEdit, mergeStatus, type Details, type Merge } from './merge.js';
export { memoryStorage, type Refusal, type Storage } from './outbox.js';
export { openTasks, TaskStore, type StoreSettings, type StoreStatus, type StoreTimes } from './store.js';
