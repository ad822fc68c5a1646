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
  for (const { status, count } of COLUMNS) {
    const belongs = !gone && task.status === status;
    cache.updateQuery({ query: TasksDocument, variables: { userId: task.userId, status } }, (data) => {
      const page = data?.tasksByUser;
      if (!page || page.items.some(({ id }) => id === task.id) === belongs) return undefined;
      const last = page.nextToken && page.items.at(-1);
      if (belongs && last && newestFirst(last, task) < 0) return undefined; // "Load more" will bring it
      cache.modify({
        id: cache.identify({ __typename: 'TaskStatistics', userId: task.userId })!,
        fields: { [count]: (shown: number) => shown + (belongs ? 1 : -1) },
      });
      const others = page.items.filter(({ id }) => id !== task.id);
      const items = belongs ? [...others, task].toSorted(newestFirst) : others;
      return { ...data, tasksByUser: { ...page, items } };
    });
  }
}

function newestFirst(a: Task, b: Task): number {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1;
}
