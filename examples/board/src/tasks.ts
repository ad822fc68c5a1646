// The client of the board, and the owner's tasks, which the client keeps in step.
import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { taskHistory, TasksClient, userPool, type TaskChange, type TaskEvent, type TaskStatus } from 'tasks-api-client';
import { openTasks, type Refusal, type TaskRow, type TaskStore } from 'tasks-api-client/sync';
import type { Config } from './config';
import { accessToken, SessionExpired } from './session';

export type Task = TaskRow;

export const COLUMNS = [
  { status: 'PENDING', name: 'Pending' },
  { status: 'IN_PROGRESS', name: 'In progress' },
  { status: 'COMPLETED', name: 'Completed' },
  { status: 'CANCELLED', name: 'Cancelled' },
] as const satisfies { status: TaskStatus; name: string }[];

export function columnOf(status: TaskStatus): string {
  return COLUMNS.find((column) => column.status === status)?.name ?? status;
}

const SETTLED = 200; // milliseconds without another change, after which histories are read again

export function createClient({ graphqlUrl: url }: Config): TasksClient {
  return new TasksClient({
    url,
    credentials: userPool(({ refresh }) =>
      accessToken(refresh).catch((error: unknown) => {
        if (error instanceof SessionExpired) return null;
        throw error;
      }),
    ),
    times: { pauses: { first: 1_000, longest: 5_000 } },
  });
}

export const ClientContext = createContext<TasksClient | null>(null);
export const StoreContext = createContext<TaskStore | null>(null);

export const useClient = (): TasksClient => useContext(ClientContext)!;
export const useStore = (): TaskStore => useContext(StoreContext)!;

interface Listener {
  /** A change by anybody that a live update brings for the first time. */
  onNews: (change: TaskChange) => void;
  onRefusal: (refusal: Refusal) => void;
}

/** Opens the owner's tasks. Returns null until they are open. */
export function useOpenTasks(owner: string, listener: Listener): TaskStore | null {
  const client = useClient();
  const [store, setStore] = useState<TaskStore | null>(null);
  const latest = useRef(listener);

  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    let isLeft = false;
    const opening = openTasks(client, {
      userId: owner,
      onNews: (change) => latest.current.onNews(change),
      onRefusal: (refusal) => latest.current.onRefusal(refusal),
    });
    void opening.then((opened) => isLeft || setStore(opened));
    return () => {
      isLeft = true;
      setStore(null);
      void opening.then((opened) => opened.close());
    };
  }, [client, owner]);

  return store;
}

/** Returns the events of a task, which are read again after its changes. Returns the error if they cannot be read. */
export function useHistory({ id }: Task): { events: TaskEvent[]; error: unknown } {
  const client = useClient();
  const store = useStore();
  const [history, setHistory] = useState<{ events: TaskEvent[]; error: unknown }>({ events: [], error: null });

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () =>
      void taskHistory(client, id, { signal: abort.signal }).then(
        (events) => setHistory({ events, error: null }),
        (error: unknown) => abort.signal.aborted || setHistory((shown) => ({ ...shown, error })),
      );
    read();
    const forget = store.onChange(() => {
      clearTimeout(timer);
      timer = setTimeout(read, SETTLED);
    });
    return () => {
      abort.abort();
      clearTimeout(timer);
      forget();
    };
  }, [client, store, id]);

  return history;
}
