// The client of the board, and the owner's tasks, which the client keeps in step.
import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { TasksClient, TaskStatus, userPool, type TaskChange } from 'tasks-api-client';
import { openTasks, type Refusal, type TaskRow, type TaskStore, type Transition } from 'tasks-api-client/sync';
import type { Config } from './config';
import type { Network } from './network';
import { accessToken, SessionExpired, type User } from './session';
import { inWords } from './view';

export type Task = TaskRow;

export interface ColumnOfTasks {
  id: string;
  name: string;
  /** The status of its tasks; none for the column of statuses that this version of the board does not know. */
  status: TaskStatus | null;
  hint: string;
}

/** What an empty column says. */
const HINTS: Partial<Record<TaskStatus, string>> = {
  PENDING: 'Type a title above and press Enter.',
  IN_PROGRESS: 'Drag a task here when you start it.',
  COMPLETED: 'Check a task, and it comes here.',
  CANCELLED: 'What you give up comes here.',
};

export const COLUMNS: readonly (ColumnOfTasks & { status: TaskStatus })[] = Object.values(TaskStatus).map((status) => (
  { id: status, status, name: inWords(status), hint: HINTS[status] ?? '' }
));

/** Statuses may be added to the API without notice: their tasks are shown too (docs/contract.md). */
export const OTHER: ColumnOfTasks = { id: 'OTHER', status: null, name: 'Other', hint: '' };

export const isKnown = (status: string): boolean => status in TaskStatus;

/** A change of the status, by its name for people. */
export interface Move {
  name: string;
  transition: Transition;
  from: TaskStatus[];
  to: TaskStatus;
}

export const OPEN: TaskStatus[] = ['PENDING', 'IN_PROGRESS'];
export const MOVES: readonly Move[] = [
  { name: 'Start', transition: 'start', from: ['PENDING'], to: 'IN_PROGRESS' },
  { name: 'Complete', transition: 'complete', from: OPEN, to: 'COMPLETED' },
  { name: 'Cancel', transition: 'cancel', from: OPEN, to: 'CANCELLED' },
  { name: 'Reopen', transition: 'reopen', from: ['COMPLETED', 'CANCELLED'], to: 'PENDING' },
];

export const isOpen = ({ status }: Task): boolean => OPEN.includes(status);

/** Returns the fewest moves that lead from one status to another; none if no moves do. */
export function path(from: TaskStatus, to: TaskStatus): Move[] {
  if (from === to) return [];
  const paths: Move[][] = MOVES.filter((move) => move.from.includes(from)).map((move) => [move]);
  const seen = new Set([from]);
  for (const moves of paths) {
    const end = moves.at(-1)!.to;
    if (end === to) return moves;
    if (seen.has(end)) continue;
    seen.add(end);
    paths.push(...MOVES.filter((move) => move.from.includes(end)).map((move) => [...moves, move]));
  }
  return [];
}

const SETTLED = 300; // milliseconds without another change, after which events are read again

/** Returns a client that sends requests as this user only. */
export function createClient({ graphqlUrl: url }: Config, user: User, network: Network): TasksClient {
  return new TasksClient({
    url,
    credentials: userPool(({ refresh }) =>
      accessToken(user.id, refresh).catch((error: unknown) => {
        if (error instanceof SessionExpired) return null;
        throw error;
      }),
    ),
    fetch: network.fetch,
    WebSocket: network.WebSocket,
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

/** Returns the task as it is now, or undefined when it is gone. */
export function useTask(id: string): Task | undefined {
  const store = useStore();
  const read = () => store.get(id);
  const shown = useRef<Task | undefined>(undefined);
  return useSyncExternalStore(
    (listener) => store.onChange(listener),
    () => {
      const task = read();
      if (JSON.stringify(task) !== JSON.stringify(shown.current)) shown.current = task;
      return shown.current;
    },
  );
}

/** Returns the labels of the owner's tasks, sorted. */
export function useLabels(): readonly string[] {
  const store = useStore();
  const labels = useSyncExternalStore(
    (listener) => store.onChange(listener),
    () => JSON.stringify([...new Set(store.rows().flatMap((task) => task.labels ?? []))].toSorted((one, other) => one.localeCompare(other))),
  );
  return JSON.parse(labels) as string[];
}

/** Calls a function now, and again after changes of tasks. The signal aborts when nobody waits for the result any more. */
export function useReading(read: (signal: AbortSignal) => void): void {
  const store = useStore();

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    read(abort.signal);
    const forget = store.onChange(() => {
      clearTimeout(timer);
      timer = setTimeout(() => read(abort.signal), SETTLED);
    });
    return () => {
      abort.abort();
      clearTimeout(timer);
      forget();
    };
  }, [store, read]);
}
