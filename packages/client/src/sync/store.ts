// A user's tasks on this device: always there to be shown and changed, and the same as the API's as soon as that is
// possible.
import type { Collection } from '@tanstack/db';
import type { TasksClient } from '../client.js';
import { mayHelp, report, safely, SessionOver, TaskNotFound } from '../errors.js';
import { onTaskChanged, type Task, type TaskChange } from '../operations.js';
import { backoff, pause, type Pauses } from '../time.js';
import { CatchUp } from './catch-up.js';
import { Sender, stored, type Change, type Place, type Resolve, type Transition } from './changes.js';
import { TaskList, type ListSettings, type TaskRow } from './list.js';
import type { Details } from './merge.js';
import { heldFor, Outbox, storageNamed, type Decision, type Refusal, type Storage } from './outbox.js';
import { Replica } from './replica.js';

/**
 * - `connecting`: the tasks may be out of date.
 * - `live`: the tasks are up to date, and every change arrives at once.
 * - `failing`: the API is there, but answers the reading of what changed with errors. It is tried again.
 * - `offline`: the API cannot be reached. It is tried again.
 * - `over`: the user must sign in again (`client.session.resume()`).
 * - `refused`: the user may not see these tasks.
 */
export type StoreStatus = 'connecting' | 'live' | 'failing' | 'offline' | 'over' | 'refused';

export interface StoreSettings {
  /** Whose tasks: the `sub` of the signed-in user, or of another user for `admins`. */
  userId: string;
  /** Where changes wait until they are stored: by default IndexedDB, or memory outside of browsers. */
  storage?: Storage;
  /** Decides about an edit of what somebody else edited meanwhile. By default theirs stays, and the change is refused. */
  resolve?: Resolve;
  /** Is told of each change that the API refused, and that is no longer shown. */
  onRefusal?: (refusal: Refusal) => void;
  /** Is told of each change by anybody that a live update brings for the first time. */
  onNews?: (change: TaskChange) => void;
  times?: Partial<StoreTimes>;
}

/** Times in milliseconds. */
export interface StoreTimes {
  /** When to read after a connection: 1 second. On AWS, the index and a new subscription lag for a moment. */
  settle: number;
  /** The pauses after a read that failed: from 1 second to 30 seconds. */
  pauses: Pauses;
}

const FAILURES = 3; // of reading in a row, after which the page says so

const TIMES: StoreTimes = { settle: 1_000, pauses: { first: 1_000, longest: 30_000 } };

/** Opens a user's tasks, with the changes that still wait from earlier visits. */
export async function openTasks(client: TasksClient, settings: StoreSettings): Promise<TaskStore> {
  const store = new TaskStore(client, settings);
  await store.open();
  return store;
}

export class TaskStore {
  #client: TasksClient;
  #settings: StoreSettings;
  #times: StoreTimes;
  #replica: Replica;
  #catchUp: CatchUp;
  #sender: Sender;
  #outbox!: Outbox;
  #listeners = new Set<() => void>();
  #closing = new AbortController();
  #ends: (() => void)[] = [];
  #early: TaskChange[] = []; // updates that arrived before the tasks were read
  #isSubscribed = false;
  #isRefused = false;
  #connections = 0; // counts the acknowledged subscriptions
  #settled = 0; // the newest connection that is old enough to read what it missed
  #caughtUp = -1; // the newest connection since whose acknowledgement everything was read
  #isWanted = false;
  #isReading = false;
  #failures = 0; // of reading, since the last success
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** Use `openTasks`. */
  constructor(client: TasksClient, settings: StoreSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#times = { ...TIMES, ...settings.times };
    this.#replica = new Replica(`tasks of ${settings.userId}`);
    this.#catchUp = new CatchUp(client, settings.userId, this.#replica);
    this.#sender = new Sender(client, this.#replica, settings.resolve ?? (() => 'theirs'));
  }

  /** The tasks as a collection of TanStack DB, for live queries. Change tasks by the methods of this store only. */
  get collection(): Collection<Task, string> {
    return this.#replica.collection;
  }

  get status(): StoreStatus {
    if (this.#isRefused) return 'refused';
    if (this.#client.session.state === 'over') return 'over';
    if (!this.#isSubscribed) return this.#client.connection === 'offline' ? 'offline' : 'connecting';
    if (this.#caughtUp === this.#connections) return 'live';
    return this.#failures < FAILURES ? 'connecting' : 'failing';
  }

  /** Whether all tasks have been read once. */
  get isLoaded(): boolean {
    return this.#replica.collection.isReady();
  }

  /** The changes that are not stored yet, in their order. */
  get pending(): readonly Change[] {
    return this.#outbox.pending;
  }

  /** Returns the task as the user sees it. */
  get(id: string): TaskRow | undefined {
    return this.#replica.collection.get(id) as TaskRow | undefined;
  }

  /** Returns all tasks as the user sees them, in no order. */
  rows(): TaskRow[] {
    return [...this.#replica.collection.values()] as TaskRow[];
  }

  list(settings?: ListSettings): TaskList {
    return new TaskList(this, settings);
  }

  /** Calls the listener when a task, the status or the number of changes that wait changes. Returns a function that ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Creates a task. `done` resolves when the API has stored it. */
  create(details: Details & { title: string }): { id: string; done: Promise<void> } {
    const id = `task-${crypto.randomUUID()}`;
    return { id, done: this.#add({ kind: 'create', id, userId: this.#settings.userId, details: stored(details) }) };
  }

  /**
   * Changes a task's details. Like every change, it shows at once, waits if the API cannot be reached, and resolves when
   * the API has stored it. It rejects when the API refuses it; the task then looks as if the change had not been made.
   * `seen` is the task that the user saw, for example when a form was opened: by default, the task as it is shown now.
   */
  edit(id: string, changes: Details, seen?: Task): Promise<void> {
    return this.#change(id, (task) => ({ kind: 'edit', id, seen: plain(seen ?? task), changes: stored(changes) }));
  }

  start(id: string): Promise<void> {
    return this.#move('start', id);
  }

  complete(id: string): Promise<void> {
    return this.#move('complete', id);
  }

  cancel(id: string): Promise<void> {
    return this.#move('cancel', id);
  }

  reopen(id: string): Promise<void> {
    return this.#move('reopen', id);
  }

  /** Moves a task in the manual order (`rank`), between two tasks that the user sees. */
  move(id: string, place: Place): Promise<void> {
    const [low, high] = [place.after, place.before].map((neighbor) => (neighbor === undefined ? undefined : this.get(neighbor)?.rank));
    return this.#change(id, (task) => ({ kind: 'move', id, seen: plain(task), place, rank: between(low, high) }));
  }

  /** Deletes a task for good. */
  delete(id: string): Promise<void> {
    return this.#change(id, (task) => ({ kind: 'delete', id, seen: plain(task) }));
  }

  /**
   * Deletes a task for good after so many milliseconds, or as soon as `send` is called or the page is left. It disappears at
   * once, and `undo` brings it back until then. `done` resolves when the task is deleted or back.
   */
  deleteLater(id: string, milliseconds: number): { done: Promise<void>; undo: () => void; send: () => void } {
    const { decision, undo, send } = heldFor(milliseconds, this.#closing.signal);
    return { done: this.#change(id, (task) => ({ kind: 'delete', id, seen: plain(task) }), decision), undo, send };
  }

  /** Reads what changed now, without waiting for a live update. */
  refresh(): void {
    this.#isWanted = true;
    if (!this.#isReading) void this.#read();
  }

  /** Tries to store what waits now. A page does it by itself when it comes online or into view. */
  refreshPending(): void {
    this.#outbox.wake();
  }

  /** Ends the live updates. What waits to be stored waits for the next `openTasks`. */
  close(): void {
    this.#closing.abort();
    clearTimeout(this.#settling);
    for (const end of this.#ends) end();
    this.#outbox.close();
  }

  /** @internal */
  async open(): Promise<void> {
    const { userId, onRefusal, storage } = this.#settings;
    const name = `tasks-api-client ${userId}`;
    const { collection } = this.#replica;
    const changes = collection.subscribeChanges(() => this.#changed());
    this.#ends.push(() => changes.unsubscribe(), this.#client.onConnection(() => this.#changed()));
    this.#ends.push(this.#client.session.onChange((state) => {
      if (state === 'active') this.#outbox.wake();
      this.#changed();
    }));
    this.#outbox = await Outbox.open({
      name,
      storage: storage ?? (await storageNamed(name)),
      replica: this.#replica,
      sender: this.#sender,
      onRefusal: (refusal) => safely(() => onRefusal?.(refusal)),
      onPending: () => this.#changed(),
    });
    this.#ends.push(onTaskChanged(this.#client, {
      onData: (change) => void this.#take(change).catch(report),
      onLive: () => this.#connected(),
      onLost: () => this.#disconnected(),
      onRefused: () => {
        this.#isRefused = true;
        this.#disconnected();
      },
    }, userId));
    this.refresh(); // what is read before the subscription runs shows sooner
  }

  #move(kind: Transition, id: string): Promise<void> {
    return this.#change(id, (task) => ({ kind, id, seen: plain(task) }));
  }

  #change(id: string, changeOf: (task: Task) => Change, decision?: Promise<Decision>): Promise<void> {
    const task = this.#replica.collection.get(id);
    return task ? this.#add(changeOf(task), decision) : Promise.reject(new TaskNotFound('There is no such task.', { id }));
  }

  #add(change: Change, decision?: Promise<Decision>): Promise<void> {
    const done = this.#outbox.add(change, decision);
    done.catch(() => undefined); // `onRefusal` tells those who do not wait
    return done;
  }

  async #take(change: TaskChange): Promise<void> {
    const { event, task } = change;
    if (!this.isLoaded) return void this.#early.push(change); // until it is known which tasks there are
    if (event !== 'DELETED' && this.#mayBeGone(event, task)) {
      // If the read fails, a later one brings the task.
      const isThere = await this.#catchUp.readTask(task.id, this.#closing.signal).catch(() => false);
      if (isThere) safely(() => this.#settings.onNews?.(change));
      return;
    }
    const known = this.#replica.get(task.id);
    const isNews = !this.#replica.isDeleted(task.id) && (event === 'DELETED' || task.version > (known?.version ?? 0));
    if (event === 'DELETED') this.#replica.apply([], [task]);
    else this.#replica.apply([task]);
    if (isNews) safely(() => this.#settings.onNews?.(change));
  }

  /**
   * Returns whether a late update may be of a task that was deleted before this page read the tasks: the page does not
   * know the task, although it is not new.
   */
  #mayBeGone(event: TaskChange['event'], task: Task): boolean {
    const isUnknown = !this.#replica.get(task.id) && !this.#replica.isDeleted(task.id);
    return isUnknown && (event !== 'CREATED' || task.createdAt <= this.#replica.newest);
  }

  #connected(): void {
    this.#isSubscribed = true;
    this.#connections += 1;
    this.#outbox.wake();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settled = this.#connections;
      this.refresh();
    }, this.#times.settle);
    this.#changed();
  }

  #disconnected(): void {
    this.#isSubscribed = false;
    clearTimeout(this.#settling);
    this.#changed();
  }

  /** Reads until everything that changed before the newest wish to read is here. */
  async #read(): Promise<void> {
    const { signal } = this.#closing;
    this.#isReading = true;
    while (this.#isWanted && !signal.aborted) {
      this.#isWanted = false;
      const connection = this.#settled;
      try {
        await this.#catchUp.run(signal);
        this.#failures = 0;
        if (!this.isLoaded) this.#loaded();
        this.#caughtUp = connection;
      } catch (error) {
        if (signal.aborted || error instanceof SessionOver) break; // a new connection reads again
        this.#failures += 1;
        this.#changed();
        if (!mayHelp(error)) this.#isRefused = true;
        else this.#isWanted = await pause(backoff(this.#times.pauses, this.#failures), signal).then(() => true, () => false);
      }
      this.#changed();
    }
    this.#isReading = false;
  }

  #loaded(): void {
    this.#replica.ready();
    for (const change of this.#early.splice(0)) void this.#take(change).catch(report);
  }

  #changed(): void {
    for (const listener of this.#listeners) safely(listener);
  }
}

/** Returns the task without TanStack's virtual properties, whose names begin with `$`. */
function plain(task: Task): Task {
  return Object.fromEntries(Object.entries(task).filter(([name]) => !name.startsWith('$'))) as Task;
}

/** Returns a rank between two others, for a preview: the API chooses the one that is stored. */
function between(low: string | undefined, high: string | undefined): string {
  return low === undefined ? (high ?? '').slice(0, -1) : `${low}\u0001`;
}
