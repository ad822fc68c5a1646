// The operations of the API, with the names that they have there. Each throws the errors of errors.ts.
import type { TasksClient } from './client.js';
import * as gql from './gql/graphql.js';
import type { SendOptions } from './http.js';
import type { Observer } from './realtime.js';

export type Task = gql.TaskFieldsFragment;
export type TaskChange = NonNullable<gql.TaskChangedSubscription['onTaskChanged']>;
export type TaskEvent = gql.EventFragment;
export type TaskPage = NonNullable<gql.TasksByUserQuery['tasksByUser']>;
export type TaskChanges = NonNullable<gql.TaskChangesQuery['taskChanges']>;
export type TaskEventPage = NonNullable<gql.TaskEventsQuery['taskEvents']>;
export type TaskOutcome = gql.OutcomeFragment;
export type UserSettings = gql.SettingsFragment;
export type TaskStatistics = NonNullable<gql.TaskStatisticsQuery['taskStatistics']>;

/** A field that AppSync returned null for without an error, which it never does. */
function present<T>(value: T | null): T {
  if (value === null) throw new TypeError('The API returned null without an error.');
  return value;
}

export const task = async (client: TasksClient, id: string, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.TaskDocument, { id }, options)).task);

/** Returns up to 100 tasks in the order of their ids, and null for each that `task` would not find. */
export const tasks = async (client: TasksClient, ids: string[], options?: SendOptions): Promise<(Task | null)[]> =>
  present((await client.send(gql.TasksDocument, { ids }, options)).tasks);

/** Returns what changed since the `token` of the last answer; without it, first all tasks. */
export const taskChanges = async (client: TasksClient, variables: gql.TaskChangesQueryVariables = {}, options?: SendOptions): Promise<TaskChanges> =>
  present((await client.send(gql.TaskChangesDocument, variables, options)).taskChanges);

/** Returns a page of what happened to all of a user's tasks, newest first. */
export const taskEvents = async (client: TasksClient, variables: gql.TaskEventsQueryVariables = {}, options?: SendOptions): Promise<TaskEventPage> =>
  present((await client.send(gql.TaskEventsDocument, variables, options)).taskEvents);

/** Returns a page, newest task first unless `orderBy` says otherwise. */
export const tasksByUser = async (client: TasksClient, variables: gql.TasksByUserQueryVariables = {}, options?: SendOptions): Promise<TaskPage> =>
  present((await client.send(gql.TasksByUserDocument, variables, options)).tasksByUser);

export const taskStatistics = async (client: TasksClient, userId?: string, options?: SendOptions): Promise<TaskStatistics> =>
  present((await client.send(gql.TaskStatisticsDocument, { userId }, options)).taskStatistics);

/** Returns the time zone and the wishes for e-mail of a user, by default of oneself. */
export const mySettings = async (client: TasksClient, userId?: string, options?: SendOptions): Promise<UserSettings> =>
  present((await client.send(gql.MySettingsDocument, { userId }, options)).mySettings);

export const updateSettings = async (client: TasksClient, input: gql.UpdateSettingsInput, options?: SendOptions): Promise<UserSettings> =>
  present((await client.send(gql.UpdateSettingsDocument, { input }, options)).updateSettings);

/** Returns the latest 100 events of a task, oldest first. */
export const taskHistory = async (client: TasksClient, id: string, options?: SendOptions): Promise<TaskEvent[]> =>
  present(present((await client.send(gql.TaskHistoryDocument, { id }, options)).task).history);

export const createTask = async (client: TasksClient, input: gql.CreateTaskInput, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.CreateTaskDocument, { input }, options)).createTask);

/** Creates up to 10 tasks, each with an `id` or a `clientToken`. Each succeeds or fails by itself. */
export const createTasks = async (client: TasksClient, input: gql.CreateTaskInput[], options?: SendOptions): Promise<TaskOutcome[]> =>
  present((await client.send(gql.CreateTasksDocument, { input }, options)).createTasks);

/** Changes up to 25 different tasks. Each succeeds or fails by itself. */
export const changeTasks = async (client: TasksClient, input: gql.TaskActionInput[], options?: SendOptions): Promise<TaskOutcome[]> =>
  present((await client.send(gql.ChangeTasksDocument, { input }, options)).changeTasks);

export const updateTask = async (client: TasksClient, input: gql.UpdateTaskInput, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.UpdateTaskDocument, { input }, options)).updateTask);

/** Moves a task between two others in the manual order: name the neighbors that it has in the list that the user sees. */
export const moveTask = async (client: TasksClient, input: gql.MoveTaskInput, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.MoveTaskDocument, { input }, options)).moveTask);

export const startTask = async (client: TasksClient, id: string, expectedVersion?: number, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.StartTaskDocument, { id, expectedVersion }, options)).startTask);

export const completeTask = async (client: TasksClient, id: string, expectedVersion?: number, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.CompleteTaskDocument, { id, expectedVersion }, options)).completeTask);

export const cancelTask = async (client: TasksClient, id: string, expectedVersion?: number, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.CancelTaskDocument, { id, expectedVersion }, options)).cancelTask);

export const reopenTask = async (client: TasksClient, id: string, expectedVersion?: number, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.ReopenTaskDocument, { id, expectedVersion }, options)).reopenTask);

/** Deletes a task for good. Returns the deleted task. */
export const deleteTask = async (client: TasksClient, id: string, expectedVersion?: number, options?: SendOptions): Promise<Task> =>
  present((await client.send(gql.DeleteTaskDocument, { id, expectedVersion }, options)).deleteTask);

/** Follows every change of a user's tasks, by default of one's own. Returns a function that ends it. */
export function onTaskChanged(client: TasksClient, observer: Observer<TaskChange>, userId?: string): () => void {
  return client.subscribe(gql.TaskChangedDocument, { userId }, unwrapped(observer, ({ onTaskChanged: change }) => change));
}

/** Follows every completion of a user's tasks, by default of one's own. Returns a function that ends it. */
export function onTaskCompleted(client: TasksClient, observer: Observer<Task>, userId?: string): () => void {
  return client.subscribe(gql.TaskCompletedDocument, { userId }, unwrapped(observer, ({ onTaskCompleted: completed }) => completed));
}

function unwrapped<Result, Data>(observer: Observer<Data>, field: (result: Result) => Data | null): Observer<Result> {
  return {
    onData: (result) => {
      const data = field(result);
      if (data !== null) observer.onData(data);
    },
    onLive: () => observer.onLive?.(),
    onLost: (error) => observer.onLost?.(error),
    onRefused: (error) => observer.onRefused?.(error),
  };
}
