// The newest known state of each task: what the API said, in whichever order it was heard.
import { createCollection, type Collection, type SyncConfig } from '@tanstack/db';
import type { Task } from '../operations.js';

/** A deleted task. The deletion has a version of its own. */
export interface Deletion {
  id: string;
  version: number;
}

type Sync = Parameters<SyncConfig<Task, string>['sync']>[0];

/**
 * Keeps a collection of tasks at their newest versions. Older states, which come late, twice or out of order, change
 * nothing. A deletion is final: no later state of its task is taken.
 */
export class Replica {
  readonly collection: Collection<Task, string>;
  #tasks = new Map<string, Task>();
  #deleted = new Set<string>();
  #forgotten = new Set<string>(); // the tasks that any version replaces
  #newest = '';
  #sync!: Sync;

  constructor(id: string) {
    this.collection = createCollection<Task, string>({
      id,
      getKey: (task) => task.id,
      startSync: true,
      gcTime: 0, // the collection lives as long as its store
      sync: {
        rowUpdateMode: 'full',
        sync: (sync) => {
          this.#sync = sync;
        },
      },
    });
  }

  /** Returns the newest state that the API told, without the changes that are not stored yet. */
  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** When the newest task that is or was known was created. */
  get newest(): string {
    return this.#newest;
  }

  /** Returns the version of each task. */
  versions(): Map<string, number> {
    return new Map([...this.#tasks].map(([id, { version }]) => [id, version]));
  }

  /** Takes each task's next state, whatever its version. Until then, the tasks show as they are. */
  forgetVersions(): void {
    this.#forgotten = new Set(this.#tasks.keys());
    this.#deleted.clear();
  }

  /** Takes the states that are news. */
  apply(changed: readonly Task[], deleted: readonly Pick<Deletion, 'id'>[] = []): void {
    // `immediate`: a change of the user that waits to be sent must not hold up what others do.
    this.#sync.begin({ immediate: true });
    for (const task of changed) {
      const known = this.#tasks.get(task.id);
      const isNews = !known || known.version < task.version || this.#forgotten.delete(task.id);
      if (this.#deleted.has(task.id) || !isNews) continue;
      this.#tasks.set(task.id, task);
      if (task.createdAt > this.#newest) this.#newest = task.createdAt;
      this.#sync.write({ type: known ? 'update' : 'insert', value: task });
    }
    for (const { id } of deleted) {
      this.#deleted.add(id);
      const known = this.#tasks.get(id);
      if (!known) continue;
      this.#tasks.delete(id);
      this.#sync.write({ type: 'delete', key: id, value: known });
    }
    this.#sync.commit();
  }

  /** Shows the newest known state of the task, and nothing else, as soon as no change of it waits to be sent. */
  confirm(id: string): void {
    const task = this.#tasks.get(id);
    this.#sync.begin({ immediate: true });
    if (task) this.#sync.write({ type: 'update', value: task });
    this.#sync.commit();
  }

  /** Says that the collection has all tasks. */
  ready(): void {
    this.#sync.markReady();
  }
}
