// The normalized cache. It holds each task once, and lists refer to tasks. There is a list for each status of each
// user.
import { InMemoryCache, type ApolloCache, type Reference } from '@apollo/client';
import { TasksDocument, type TaskFieldsFragment, type TaskStatus } from './gql/graphql';

export type Task = TaskFieldsFragment;

export const COLUMNS = [
  { status: 'PENDING', count: 'pending', name: 'Pending' },
  { status: 'IN_PROGRESS', count: 'inProgress', name: 'In progress' },
  { status: 'COMPLETED', count: 'completed', name: 'Completed' },
  { status: 'CANCELLED', count: 'cancelled', name: 'Cancelled' },
] as const satisfies { status: TaskStatus; count: string; name: string }[];

export function columnOf(status: TaskStatus): string {
  return COLUMNS.find((column) => column.status === status)!.name;
}

interface Page {
  items: Reference[];
  nextToken: string | null;
}

export function createCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      TaskStatistics: { keyFields: ['userId'] },
      Query: {
        fields: {
          tasksByUser: {
            keyArgs: ['userId', 'status'],
            merge(shown: Page | undefined, page: Page, { args }): Page {
              if (!shown || !args?.['nextToken']) return page;
              if (args['nextToken'] !== shown.nextToken) return shown; // it would leave a gap
              const known = new Set(shown.items.map((task) => task.__ref));
              return { ...page, items: [...shown.items, ...page.items.filter((task) => !known.has(task.__ref))] };
            },
          },
        },
      },
    },
  });
}

/** Moves a task into the list of its status and updates the counts. A repeated call changes nothing. */
export function place(cache: ApolloCache, task: Task, { gone = false } = {}): void {
  const isTask = ({ id }: Task) => id === task.id;
  const lists = COLUMNS.map(({ status, count }) => {
    const list = { query: TasksDocument, variables: { userId: task.userId, status } };
    return { status, count, list, page: cache.readQuery(list)?.tasksByUser };
  });
  const wasShown = lists.some(({ page }) => page?.items.some(isTask));

  for (const { status, count, list, page } of lists) {
    const belongs = !gone && task.status === status;
    if (!page || page.items.some(isTask) === belongs) continue;
    const last = page.nextToken && page.items.at(-1);
    const isOnLaterPage = belongs && last && newestFirst(last, task) < 0; // "Load more" will bring it
    if (wasShown || !isOnLaterPage) {
      cache.modify({
        id: cache.identify({ __typename: 'TaskStatistics', userId: task.userId })!,
        fields: { [count]: (shown: number) => shown + (belongs ? 1 : -1) },
      });
    }
    if (isOnLaterPage) continue;
    const others = page.items.filter((item) => !isTask(item));
    const items = belongs ? [...others, task].toSorted(newestFirst) : others;
    cache.writeQuery({ ...list, data: { __typename: 'Query', tasksByUser: { ...page, items } } });
  }
}

function newestFirst(a: Task, b: Task): number {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1;
}
