// A user's changes: how the page shows them at once, and how they reach the API so that a repetition does no harm.
import type { TasksClient } from '../client.js';
import { Conflict, InvalidTransition, mayHelp, SessionOver, TaskNotFound } from '../errors.js';
import type { SendOptions } from '../http.js';
import * as api from '../operations.js';
import type { Task } from '../operations.js';
import type { ClearableTaskField, TaskAction, TaskActionInput, TaskStatus, UpdateTaskInput } from '../gql/graphql.js';
import { dueOf, mergeEdit, mergeStatus, momentOf, sorted, type Details } from './merge.js';
import type { Replica } from './replica.js';

/** The changes of a status. `docs/contract.md` has the rule which status allows which. */
export const TRANSITIONS = {
  start: { to: 'IN_PROGRESS', send: api.startTask },
  complete: { to: 'COMPLETED', send: api.completeTask },
  cancel: { to: 'CANCELLED', send: api.cancelTask },
  reopen: { to: 'PENDING', send: api.reopenTask },
} as const satisfies Record<string, { to: TaskStatus; send: typeof api.startTask }>;

export type Transition = keyof typeof TRANSITIONS;

/** The neighbors of a task in the list that the user sees: the task that it follows, the task that it precedes, or both. */
export interface Place {
  after?: string;
  before?: string;
}

/** A change that the user made. `seen` is the task as the user saw it, with the user's earlier changes. It is JSON. */
export type Change =
  | { kind: 'create'; id: string; userId: string; details: Details & { title: string } }
  | { kind: 'edit'; id: string; seen: Task; changes: Details }
  | { kind: Transition; id: string; seen: Task }
  | { kind: 'move'; id: string; seen: Task; place: Place; rank: string }
  | { kind: 'delete'; id: string; seen: Task };

/** A change that `changeTasks` makes as well. */
type Action = Change & { kind: Transition | 'delete' };

const MOST_ACTIONS = 25; // of one `changeTasks`

const isAction = (change: Change): change is Action => change.kind in TRANSITIONS || change.kind === 'delete';

/** The error for a change that meets a newer state of its task. */
export class Contradiction extends Conflict {
  override name = 'Contradiction';

  constructor(
    /** The task as it is now. */
    readonly now: Task,
    /** The details that somebody else changed to another value; none if the status is the reason. */
    readonly details: (keyof Details)[],
  ) {
    super('Somebody changed this task meanwhile.', { code: 'VERSION', currentVersion: now.version, currentStatus: now.status });
  }
}

/** Decides whether an edit replaces what somebody else changed in the same details: `mine` replaces it. */
export type Resolve = (change: Change & { kind: 'edit' }, now: Task) => 'mine' | 'theirs' | Promise<'mine' | 'theirs'>;

/** Returns the task as it is to look until the API has stored the change, or null for a deletion. `shown`: how it looks now. */
export function preview(change: Change, at: string, shown: Task | undefined): Task | null {
  switch (change.kind) {
    case 'create': {
      const { id, userId, details } = change;
      const nothing = { description: '', due: null, remindAt: null, priority: 'NONE', status: 'PENDING', completedAt: null, version: 0, rank: '' } as const;
      return { ...nothing, labels: [], id, userId, title: details.title, createdAt: at, updatedAt: at, ...shownDetails(details) };
    }
    case 'delete':
      return null;
    case 'move':
      return { ...(shown ?? change.seen), rank: change.rank, updatedAt: at, version: change.seen.version + 1 };
    case 'edit':
      return { ...(shown ?? change.seen), ...shownDetails(change.changes), updatedAt: at, version: change.seen.version + 1 };
    default: {
      const { to } = TRANSITIONS[change.kind];
      const completedAt = to === 'COMPLETED' ? at : null;
      return { ...change.seen, status: to, completedAt, updatedAt: at, version: change.seen.version + 1 };
    }
  }
}

/** Returns the details in the form that the API stores: trimmed, in Unicode Normalization Form C, labels sorted. */
export function stored<T extends Details>(details: T): T {
  const { title, description, labels } = details;
  return {
    ...details,
    ...(title != null && { title: title.normalize('NFC').trim() }),
    ...(description != null && { description: description.normalize('NFC') }),
    ...(labels && { labels: sorted(labels.map((label) => label.normalize('NFC').trim())) }),
  };
}

/** Returns the details as the task shows them. */
function shownDetails({ due, remindAt, ...details }: Details): Partial<Task> {
  const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value != null));
  return { ...given, ...(due !== undefined && { due: dueOf(due) }), ...(remindAt !== undefined && { remindAt: momentOf(remindAt) }) };
}

/** Returns the details as `updateTask` takes them, where null leaves a detail as it is. */
function asInput({ due, remindAt, ...details }: Details): Omit<UpdateTaskInput, 'id'> {
  const clear: ClearableTaskField[] = [];
  if (due === null) clear.push('DUE');
  if (remindAt === null) clear.push('REMIND_AT');
  return { ...details, ...(due && { due }), ...(remindAt && { remindAt }), ...(clear.length > 0 && { clear }) };
}

export class Sender {
  #client: TasksClient;
  #replica: Replica;
  #resolve: Resolve;
  #stored = new WeakSet<Change>(); // before their turn, together with an earlier change
  #refused = new WeakSet<Change>(); // by a request for several changes

  constructor(client: TasksClient, replica: Replica, resolve: Resolve) {
    this.#client = client;
    this.#replica = replica;
    this.#resolve = resolve;
  }

  /**
   * Stores the change. It may be called again after any error, also when the API stored the change and the answer was
   * lost. Throws Contradiction, or what the client throws. `following` are changes of other tasks that may be stored with
   * this one, in one request: `isStored` tells which were.
   */
  async send(change: Change, signal: AbortSignal, following: readonly Change[] = []): Promise<void> {
    if (change.kind === 'create') return this.#create(change, { signal });
    if (!this.isStored(change) && isAction(change)) await this.#sendTogether([change, ...following.filter(isAction)], { signal });
    if (this.isStored(change)) return;
    if (this.#replica.isDeleted(change.id)) return this.#gone(change);
    for (;;) {
      // The API takes the change only for the version with which it was merged.
      const now = this.#replica.get(change.id) ?? change.seen;
      try {
        return await this.#sendTo(now, change, { signal });
      } catch (error) {
        if (error instanceof TaskNotFound && error.errorInfo.id === now.id) return this.#gone(change);
        const isOutdated = (error instanceof Conflict || error instanceof InvalidTransition) && !(error instanceof Contradiction);
        if (!isOutdated || !(await this.#isNews(now, { signal }))) throw error;
      }
    }
  }

  isStored(change: Change): boolean {
    return this.#stored.has(change);
  }

  /** Reads the change's task. Returns whether the API answered, be it with a refusal. */
  async isAnswered({ id }: Change, signal: AbortSignal): Promise<boolean> {
    try {
      await api.tasks(this.#client, [id], { signal });
      return true;
    } catch (error) {
      return !(signal.aborted || mayHelp(error) || error instanceof SessionOver);
    }
  }

  /** Stores what needs no merging. What the API refuses is read and left: by itself, it is merged or gets its own error. */
  async #sendTogether(changes: readonly Action[], options: SendOptions): Promise<void> {
    const actions = new Map(changes.filter((change) => this.#needsNoMerge(change)).slice(0, MOST_ACTIONS).map((change) => [change.id, change]));
    if (actions.size < 2) return;
    const input = [...actions.values()].map(({ id, kind, seen }): TaskActionInput => ({
      id,
      action: kind.toUpperCase() as TaskAction,
      expectedVersion: (this.#replica.get(id) ?? seen).version,
    }));
    let outcomes;
    try {
      outcomes = await api.changeTasks(this.#client, input, options);
    } catch (error) {
      if (mayHelp(error) || error instanceof SessionOver) throw error;
      return;
    }
    const refused: string[] = [];
    for (const { id, task } of outcomes) {
      const change = actions.get(id!)!;
      if (!task) refused.push(id!);
      else if (change.kind === 'delete') this.#replica.apply([], [task]);
      else this.#replica.apply([task]);
      (task ? this.#stored : this.#refused).add(change);
    }
    if (refused.length > 0) this.#replica.apply((await api.tasks(this.#client, refused, options)).filter((task) => task !== null));
  }

  #needsNoMerge(change: Action): boolean {
    const { id, kind, seen } = change;
    const now = this.#replica.get(id) ?? seen;
    if (this.#replica.isDeleted(id) || this.#refused.has(change)) return false;
    return now.version === seen.version || (kind !== 'delete' && mergeStatus(seen.status, TRANSITIONS[kind].to, now.status) === 'change');
  }

  async #create({ id, userId, details }: Change & { kind: 'create' }, options: SendOptions): Promise<void> {
    this.#replica.apply([await api.createTask(this.#client, { ...details, id, userId }, options)]);
  }

  async #sendTo(now: Task, change: Exclude<Change, { kind: 'create' }>, options: SendOptions): Promise<void> {
    const { id, seen } = change;
    const isAsSeen = now.version === seen.version;
    if (change.kind === 'delete') {
      if (!isAsSeen) throw new Contradiction(now, []);
      await api.deleteTask(this.#client, id, now.version, options);
      return this.#replica.apply([], [{ id }]);
    }
    if (change.kind === 'move') {
      const input = { ...change.place, id, expectedVersion: now.version };
      return this.#replica.apply([await api.moveTask(this.#client, input, options)]);
    }
    if (change.kind === 'edit') {
      const merge = mergeEdit(seen, change.changes, isAsSeen ? seen : now);
      if (merge.conflicts.length > 0 && (await this.#resolve(change, now)) === 'theirs') throw new Contradiction(now, merge.conflicts);
      if (Object.keys(merge.changes).length === 0) return;
      const input = { ...asInput(merge.changes), id, expectedVersion: now.version };
      return this.#replica.apply([await api.updateTask(this.#client, input, options)]);
    }
    const { to, send } = TRANSITIONS[change.kind];
    const left = isAsSeen ? 'change' : mergeStatus(seen.status, to, now.status);
    if (left === 'conflict') throw new Contradiction(now, []);
    if (left === 'change') this.#replica.apply([await send(this.#client, id, now.version, options)]);
  }

  /** Reads the task again. Returns whether it is another version than the one that was sent. */
  async #isNews({ id, version }: Task, options: SendOptions): Promise<boolean> {
    this.#replica.apply([await api.task(this.#client, id, options)]);
    return this.#replica.get(id)?.version !== version;
  }

  #gone({ id, kind }: Change): void {
    this.#replica.apply([], [{ id }]);
    if (kind !== 'delete') throw new TaskNotFound('There is no such task.', { id });
  }
}
