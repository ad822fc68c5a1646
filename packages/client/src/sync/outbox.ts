// Where changes wait until the API has stored them. TanStack's offline transactions keep, order and repeat them; this
// module gives each open page a queue of its own, and finishes the queues of pages that were closed.
import {
  IndexedDBAdapter, LocalStorageAdapter, NonRetriableError, OfflineExecutor, type OnlineDetector,
  type StorageAdapter,
} from '@tanstack/offline-transactions';
import { mayHelp, NetworkError, ServerError, SessionOver, TooManyRequests } from '../errors.js';
import { onWake } from '../time.js';
import type { Change, Sender } from './changes.js';
import { preview } from './changes.js';
import type { Replica } from './replica.js';

const SEND = 'send';
const COLLECTION = 'tasks';
const ATTEMPTS = 10; // at a change for which the API fails while it answers others

/** Keeps text by key. IndexedDB in a browser, by default. */
export type Storage = StorageAdapter;

/** Keeps changes in memory, until the program ends. */
export function memoryStorage(): Storage {
  const values = new Map<string, string>();
  return {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    keys: async () => [...values.keys()],
    clear: async () => values.clear(),
  };
}

/** Returns the best storage of this browser or program for the name. */
export async function storageNamed(name: string): Promise<Storage> {
  if ((await IndexedDBAdapter.probe()).available) return new IndexedDBAdapter(name);
  return LocalStorageAdapter.probe().available ? new LocalStorageAdapter(`${name}:`) : memoryStorage();
}

/** The part of a storage whose keys have the prefix. */
function part(storage: Storage, prefix: string): Storage {
  const keys = async () => (await storage.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return {
    keys,
    get: (key) => storage.get(prefix + key),
    set: (key, value) => storage.set(prefix + key, value),
    delete: (key) => storage.delete(prefix + key),
    clear: async () => void (await Promise.all((await keys()).map((key) => storage.delete(prefix + key)))),
  };
}

/**
 * Holds a lock of the browser until the returned function is called. Returns null if another page holds it. Without locks,
 * as in Node, there is one holder.
 */
async function lock(name: string, signal?: AbortSignal): Promise<(() => void) | null> {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    const options = signal ? { signal } : { ifAvailable: true };
    locks
      .request(name, options, (held) => {
        if (!held) return resolve(null);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

export type Decision = 'send' | 'undo';

/**
 * Decides to send a change after so many milliseconds, when the page is left, when the signal aborts, or by `send`, unless
 * `undo` is called before.
 */
export function heldFor(milliseconds: number, signal: AbortSignal): { decision: Promise<Decision>; undo: () => void; send: () => void } {
  let resolve!: (decision: Decision) => void;
  const decision = new Promise<Decision>((decide) => {
    resolve = decide;
  });
  const send = () => resolve('send');
  const timer = setTimeout(send, milliseconds);
  signal.addEventListener('abort', send, { once: true });
  globalThis.addEventListener?.('pagehide', send, { once: true });
  void decision.then(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', send);
    globalThis.removeEventListener?.('pagehide', send);
  });
  return { decision, send, undo: () => resolve('undo') };
}

/** A change that the API refused. */
export interface Refusal {
  change: Change;
  error: unknown;
  /** Whether the change waited since an earlier visit, so that nobody waits for its promise. */
  isOfEarlierVisit: boolean;
}

/** What TanStack keeps with a transaction. It is JSON. */
interface Metadata {
  change: Change;
  /** Later changes have larger numbers. TanStack orders by milliseconds only. */
  order: number;
}

interface Waiting {
  change: Change;
  queue: Queue;
}

interface Settings {
  name: string;
  storage: Storage;
  replica: Replica;
  sender: Sender;
  onRefusal: (refusal: Refusal) => void;
  onPending: () => void;
}

class Queue extends OfflineExecutor {
  // The promise may reject before TanStack waits for it (offline-transactions 1.0.53), and Node ends programs for that.
  override waitForTransactionCompletion(id: string): Promise<unknown> {
    const completion = super.waitForTransactionCompletion(id);
    completion.catch(() => undefined);
    return completion;
  }
}

export class Outbox {
  #settings: Settings;
  #queues: Queue[] = [];
  #releases: (() => void)[] = [];
  #pending = new Map<string, Waiting>(); // by transaction
  #refused = new Map<string, unknown>(); // the transactions that were built on a refused change, with its error
  #errors = new Map<string, unknown>(); // why changes of this visit were refused
  #attempts = new Map<string, number>();
  #held = new Map<string, { written: () => void; end: Promise<void> }>(); // by transaction, until the storage has it or it is undone
  #order = 0;
  #wakes = new Set<() => void>();
  #ending = new AbortController();

  private constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Shows the changes that wait since an earlier visit, and sends them. */
  static async open(settings: Settings): Promise<Outbox> {
    const outbox = new Outbox(settings);
    const earlier = new Set((await settings.storage.keys()).flatMap((key) => /^[^/]+\//.exec(key)?.[0] ?? []));
    for (const prefix of earlier) if (!(await outbox.#take(prefix))) void outbox.#takeLater(prefix);
    if (outbox.#queues.length === 0) await outbox.#take(`${crypto.randomUUID()}/`);
    return outbox;
  }

  get pending(): Change[] {
    return [...this.#pending.values()].map(({ change }) => change);
  }

  /**
   * Shows the change at once and stores it as soon as possible, or after the decision to send it. Resolves when the API has
   * stored it, or when it was taken back.
   */
  async add(change: Change, decision?: Promise<Decision>): Promise<void> {
    const { collection } = this.#settings.replica;
    // The changes of one task keep their order in one queue.
    const earlier = [...this.#pending.values()].find((waiting) => waiting.change.id === change.id);
    const queue = earlier?.queue ?? this.#queues[0]!;
    this.#order = Math.max(this.#order + 1, Date.now() * 1_000);
    const metadata: Metadata = { change, order: this.#order };
    const transaction = queue.createOfflineTransaction({ mutationFnName: SEND, autoCommit: false, metadata: { ...metadata } });
    const shown = preview(change, new Date().toISOString(), collection.get(change.id));
    const shownTransaction = transaction.mutate(() => {
      if (change.kind === 'create') collection.insert(shown!);
      else if (shown) collection.update(change.id, (draft) => void Object.assign(draft, shown));
      else collection.delete(change.id);
    });
    const { id } = shownTransaction!;
    this.#wait(id, { change, queue });
    this.#errors.set(id, null);
    shownTransaction!.isPersisted.promise.catch(() => undefined);
    try {
      if (decision) this.#hold(id);
      if ((await decision) === 'undo') {
        this.#held.get(id)?.written();
        this.#settle(id);
        transaction.rollback();
        return;
      }
      await transaction.commit();
    } catch (error) {
      throw this.#errors.get(id) ?? error;
    } finally {
      this.#errors.delete(id);
    }
  }

  /** Tries at once what waits. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  close(): void {
    this.#ending.abort();
    const end = () => {
      for (const queue of this.#queues) queue.dispose();
      for (const release of this.#releases) release();
    };
    if (this.#held.size === 0) end();
    else void Promise.all([...this.#held.values()].map((held) => held.end)).then(end);
  }

  async #take(prefix: string, signal?: AbortSignal): Promise<boolean> {
    const release = await lock(`${this.#settings.name}/${prefix}`, signal);
    if (!release) return false;
    this.#releases.push(release);
    const queue = new Queue({
      collections: { [COLLECTION]: this.#settings.replica.collection },
      mutationFns: { [SEND]: async ({ transaction: { id } }) => this.#send(id, this.#pending.get(id)!.change) },
      storage: this.#storage(prefix),
      leaderElection: LEADER,
      onlineDetector: this.#detector(),
      beforeRetry: (transactions) => {
        const ordered = transactions.toSorted((one, other) => metadataOf(one).order - metadataOf(other).order);
        for (const transaction of ordered) this.#wait(transaction.id, { change: metadataOf(transaction).change, queue });
        return ordered;
      },
    });
    this.#queues.push(queue);
    await queue.waitForInit();
    return true;
  }

  /** Sends what another page leaves behind when it is closed. */
  async #takeLater(prefix: string): Promise<void> {
    await this.#take(prefix, this.#ending.signal).catch(() => undefined);
  }

  /** Keeps the queue open until the storage has the transaction. */
  #hold(transaction: string): void {
    let written!: () => void;
    const end = new Promise<void>((resolve) => {
      written = resolve;
    });
    this.#held.set(transaction, { written, end });
    void end.then(() => this.#held.delete(transaction));
  }

  /** The storage of a queue, which says which transactions it has. */
  #storage(prefix: string): Storage {
    const storage = part(this.#settings.storage, prefix);
    return {
      ...storage,
      set: async (key, value) => {
        await storage.set(key, value);
        for (const [transaction, { written }] of this.#held) if (key.includes(transaction)) written();
      },
    };
  }

  #wait(transaction: string, waiting: Waiting): void {
    this.#pending.set(transaction, waiting);
    this.#settings.onPending();
  }

  async #send(transaction: string, change: Change): Promise<void> {
    try {
      if (this.#refused.has(transaction)) throw this.#refused.get(transaction);
      await this.#settings.sender.send(change, this.#ending.signal, this.#following(transaction));
      this.#settings.replica.confirm(change.id);
    } catch (error) {
      if (this.#ending.signal.aborted || (await this.#maySucceed(transaction, change, error))) throw new WaitingChange(error);
      this.#refuse(transaction, change, error);
      throw new NonRetriableError('The API refused the change.');
    }
    this.#settle(transaction);
  }

  /** Returns the changes that wait for nothing but their turn: the first one of each other task. */
  #following(transaction: string): Change[] {
    const { change: current, queue } = this.#pending.get(transaction)!;
    const tasks = new Set([current.id]);
    const following: Change[] = [];
    for (const [id, { change, queue: own }] of this.#pending) {
      if (own !== queue || this.#settings.sender.isStored(change)) continue;
      if (!tasks.has(change.id) && !this.#held.has(id) && !this.#refused.has(id)) following.push(change);
      tasks.add(change.id);
    }
    return following;
  }

  /** A change waits for the end of an outage, however long. It is given up when it fails again and again while the API answers. */
  async #maySucceed(transaction: string, change: Change, error: unknown): Promise<boolean> {
    if (error instanceof SessionOver || error instanceof NetworkError || error instanceof TooManyRequests) return true;
    if (error instanceof ServerError && error.status === 503) return true;
    if (!mayHelp(error)) return false;
    if (!(await this.#settings.sender.isAnswered(change, this.#ending.signal))) return true;
    const attempts = (this.#attempts.get(transaction) ?? 0) + 1;
    this.#attempts.set(transaction, attempts);
    return attempts < ATTEMPTS;
  }

  /** Gives up the change, and the later changes of its task: they were made to what this change would have left. */
  #refuse(transaction: string, change: Change, error: unknown): void {
    this.#settle(transaction);
    const isOfEarlierVisit = !this.#errors.has(transaction);
    if (!isOfEarlierVisit) this.#errors.set(transaction, error);
    for (const [later, waiting] of this.#pending) if (waiting.change.id === change.id) this.#refused.set(later, error);
    this.#settings.onRefusal({ change, error, isOfEarlierVisit });
  }

  #settle(transaction: string): void {
    this.#pending.delete(transaction);
    this.#refused.delete(transaction);
    this.#attempts.delete(transaction);
    this.#settings.onPending();
  }

  /** Says when to try what waits. TanStack's own detector believes that Node is never online. */
  #detector(): OnlineDetector {
    const listeners = new Set<() => void>();
    const wake = () => {
      for (const listener of listeners) listener();
    };
    this.#wakes.add(wake);
    const forget = onWake(wake);
    return {
      isOnline: () => !this.#ending.signal.aborted && globalThis.navigator?.onLine !== false,
      notifyOnline: wake,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      dispose: () => {
        forget();
        this.#wakes.delete(wake);
      },
    };
  }
}

const metadataOf = ({ metadata }: { metadata?: unknown }) => metadata as Metadata;

/** Tells TanStack to try again. It reads digits in the message of an error as an HTTP status, so the message has none. */
class WaitingChange extends Error {
  constructor(cause: unknown) {
    super('The change waits.', { cause });
  }
}

// A page leads its own queue: locks keep others away from it.
const LEADER = {
  requestLeadership: async () => true,
  releaseLeadership: () => undefined,
  isLeader: () => true,
  onLeadershipChange: () => () => undefined,
};
