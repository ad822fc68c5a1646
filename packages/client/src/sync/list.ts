// A live list: a user's tasks in some statuses, as many as are wanted.
import type { TaskStatus } from '../gql/graphql.js';
import { safely } from '../errors.js';
import type { Task } from '../operations.js';
import type { TaskStore } from './store.js';

/** A task as the user sees it. `$synced` is false while a change of it waits to be stored. */
export type TaskRow = Task & { readonly $synced: boolean };

export interface ListSettings {
  /** By default, all statuses. */
  statuses?: readonly TaskStatus[];
  where?: (task: TaskRow) => boolean;
  /** The order, as of `Array.sort`: newest first by default. Tasks that it does not tell apart are newest first. */
  compare?: (one: TaskRow, other: TaskRow) => number;
  /** How many tasks to show, and by how many `more` continues: 20 by default. */
  pageSize?: number;
}

export interface ListState {
  tasks: readonly TaskRow[];
  /** How many tasks there are, shown or not. */
  total: number;
  hasMore: boolean;
  /** Whether all tasks have been read once. */
  isLoaded: boolean;
}

export class TaskList {
  #store: TaskStore;
  #settings: ListSettings;
  #size: number;
  #state: ListState | null = null;
  #listeners = new Set<() => void>();
  #forget: (() => void) | null = null;

  constructor(store: TaskStore, settings: ListSettings = {}) {
    this.#store = store;
    this.#settings = settings;
    this.#size = settings.pageSize ?? 20;
  }

  /** Returns the same object until something changes. */
  readonly get = (): ListState => {
    // Without a listener, nothing says when the state is out of date, so it is read anew and compared.
    if (this.#state && this.#forget) return this.#state;
    const state = this.#read();
    return (this.#state = this.#state && isEqual(this.#state, state) ? this.#state : state);
  };

  /** Calls the listener after each change. Returns a function that ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#forget ??= this.#store.onChange(() => this.#changed());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#forget?.();
      this.#forget = null;
    };
  };

  /** Shows another page. */
  readonly more = (): void => {
    this.#size += this.#settings.pageSize ?? 20;
    this.#changed();
  };

  #changed(): void {
    this.#state = null;
    for (const listener of this.#listeners) safely(listener);
  }

  #read(): ListState {
    const { statuses, where, compare } = this.#settings;
    const all = this.#store.rows().filter((task) => (!statuses || statuses.includes(task.status)) && (!where || where(task)));
    all.sort((one, other) => compare?.(one, other) || newestFirst(one, other));
    const tasks = all.slice(0, this.#size);
    return { tasks, total: all.length, hasMore: all.length > tasks.length, isLoaded: this.#store.isLoaded };
  }
}

function isEqual(one: ListState, other: ListState): boolean {
  const isSame = one.total === other.total && one.isLoaded === other.isLoaded && one.tasks.length === other.tasks.length;
  return isSame && one.tasks.every((task, place) => task === other.tasks[place]);
}

function newestFirst(a: Task, b: Task): number {
  return a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.id < b.id) ? 1 : -1;
}
