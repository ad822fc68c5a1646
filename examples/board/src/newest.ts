// Drops states of tasks that are older than those seen before, by `version`.
//
// Events arrive at least once and in no guaranteed order, and a list may be read just before a change reaches its index.
// Therefore every result passes this link before it reaches the cache. The link replaces an older task by the cached
// task, removes a deleted task from its list, and drops an event of an older version. It marks an event with news.
import { ApolloLink, type ApolloCache } from '@apollo/client';
import { filter, map } from 'rxjs';
import { TaskFieldsFragmentDoc, type TaskChangedSubscription, type TaskFieldsFragment } from './gql/graphql';

type Change = TaskChangedSubscription['onTaskChanged'];

export function newestOnly(cache: ApolloCache): ApolloLink {
  const versions = new Map<string, number>(); // by task id; Infinity for a deleted task
  const seen = (id: string) => versions.get(id) ?? 0;
  const told = new Map<string, number>(); // the versions that an event or the answer to a change has told of

  function newest(value: unknown): unknown {
    if (Array.isArray(value)) return value.filter((item) => !isTask(item) || seen(item.id) < Infinity).map(newest);
    if (isTask(value)) {
      if (value.version >= seen(value.id)) versions.set(value.id, value.version);
      else return { ...value, ...cache.readFragment({ id: `Task:${value.id}`, fragment: TaskFieldsFragmentDoc }) };
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, newest(field)]));
  }

  return new ApolloLink((operation, forward) =>
    forward(operation).pipe(
      filter(({ data }) => {
        const change = data?.['onTaskChanged'] as Change | undefined;
        return !change || change.task.version >= seen(change.task.id);
      }),
      map((result) => {
        if (!result.data) return result;
        const data = newest(result.data) as Record<string, unknown>;
        const change = data['onTaskChanged'] as Change | undefined;
        const task = operation.operationType === 'mutation' ? data['task'] : change?.task;
        const isNews = isTask(task) && task.version > (told.get(task.id) ?? 0);
        if (isNews) told.set(task.id, task.version);
        if (change?.event === 'DELETED') versions.set(change.task.id, Infinity);
        if (operation.operationName === 'DeleteTask' && isTask(data['task'])) versions.set(data['task'].id, Infinity);
        return { ...result, data, extensions: { ...result.extensions, isNews } };
      }),
    ),
  );
}

function isTask(value: unknown): value is TaskFieldsFragment {
  return (value as TaskFieldsFragment | null | undefined)?.__typename === 'Task';
}
