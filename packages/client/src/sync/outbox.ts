// Where changes wait until the API has stored them. TanStack's offline transactions keep, order and repeat them; this
// module gives each open page a queue of its own, and finishes the queues of pages that were closed.
import {
  IndexedDBAdapter, LocalStorageAdapter, NonRetriableError, OfflineExecutor, type OfflineTransaction, type OnlineDetector,
  type StorageAdapter,
} from '@tanstack/offline-transactions';
import { mayHelp, NetworkError, ServerError, SessionOver, TooManyRequests } from '../errors.js';
import { onWake } from '../time.js';
import type { Change, Sender } from './changes.js';
import { preview } from './changes.js';
import type { Replica } from './replica.js';

const SEND = 'send';
const COLLECTION = 'tasks';
const ATTEMPTS = 10; // at a change for which the API itself fails; a lost connection does not count

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

/** A change that the API refused. */
export interface Refusal {
  change: Change;
  error: unknown;
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
  #pending = new Map<string, Change>(); // by transaction
  #refused = new Map<string, unknown>(); // the transactions that were built on a refused change, with its error
  #errors = new Map<string, unknown>(); // why changes of this visit were refused
  #attempts = new Map<string, number>();
  #wakes = new Set<() => void>();
  #ending = new AbortController();

  private constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Shows the changes that wait since an earlier visit, and sends them. */
  static async open(settings: Settings): Promise<Outbox> {
    const outbox = new Outbox(settings);
    const earlier = new Set((await settings.storage.keys()).flatMap((key) => /^[^/]+\//.exec(key)?.[0] ?? []));
    const own = `${crypto.randomUUID()}/`;
    await outbox.#take(own);
    for (const prefix of earlier) if (!(await outbox.#take(prefix))) void outbox.#takeLater(prefix);
    return outbox;
  }

  get pending(): Change[] {
    return [...this.#pending.values()];
  }

  /** Shows the change at once and stores it as soon as possible. Resolves when the API has stored it. */
  async add(change: Change): Promise<void> {
    const { collection } = this.#settings.replica;
    const transaction = this.#queues[0]!.createOfflineTransaction({ mutationFnName: SEND, autoCommit: false, metadata: { change } });
    const shown = preview(change, new Date().toISOString());
    const shownTransaction = transaction.mutate(() => {
      if (change.kind === 'create') collection.insert(shown!);
      else if (shown) collection.update(change.id, (draft) => void Object.assign(draft, shown));
      else collection.delete(change.id);
    });
    const { id } = shownTransaction!;
    this.#wait(id, change);
    this.#errors.set(id, null);
    shownTransaction!.isPersisted.promise.catch(() => undefined);
    try {
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
    for (const queue of this.#queues) queue.dispose();
    for (const release of this.#releases) release();
  }

  async #take(prefix: string, signal?: AbortSignal): Promise<boolean> {
    const release = await lock(`${this.#settings.name}/${prefix}`, signal);
    if (!release) return false;
    this.#releases.push(release);
    const queue = new Queue({
      collections: { [COLLECTION]: this.#settings.replica.collection },
      mutationFns: { [SEND]: async ({ transaction }) => this.#send(transaction.id, (transaction.metadata as { change: Change }).change) },
      storage: part(this.#settings.storage, prefix),
      leaderElection: LEADER,
      onlineDetector: this.#detector(),
      beforeRetry: (transactions) => this.#restored(transactions),
    });
    this.#queues.push(queue);
    await queue.waitForInit();
    return true;
  }

  /** Sends what another page leaves behind when it is closed. */
  async #takeLater(prefix: string): Promise<void> {
    await this.#take(prefix, this.#ending.signal).catch(() => undefined);
  }

  #restored(transactions: OfflineTransaction[]): OfflineTransaction[] {
    for (const { id, metadata } of transactions) this.#wait(id, metadata!['change'] as Change);
    return transactions;
  }

  #wait(transaction: string, change: Change): void {
    this.#pending.set(transaction, change);
    this.#settings.onPending();
  }

  async #send(transaction: string, change: Change): Promise<void> {
    try {
      if (this.#refused.has(transaction)) throw this.#refused.get(transaction);
      await this.#settings.sender.send(change, this.#ending.signal);
      this.#settings.replica.confirm(change.id);
    } catch (error) {
      if (this.#ending.signal.aborted || this.#maySucceed(transaction, error)) throw new WaitingChange(error);
      this.#refuse(transaction, change, error);
      throw new NonRetriableError('The API refused the change.');
    }
    this.#settle(transaction);
  }

  #maySucceed(transaction: string, error: unknown): boolean {
    if (error instanceof SessionOver || error instanceof NetworkError || error instanceof TooManyRequests) return true;
    if (error instanceof ServerError && error.status === 503) return true;
    const attempts = (this.#attempts.get(transaction) ?? 0) + 1;
    this.#attempts.set(transaction, attempts);
    return mayHelp(error) && attempts < ATTEMPTS;
  }

  /** Gives up the change, and the later changes of its task: they were made to what this change would have left. */
  #refuse(transaction: string, change: Change, error: unknown): void {
    this.#settle(transaction);
    if (this.#errors.has(transaction)) this.#errors.set(transaction, error);
    for (const [later, { id }] of this.#pending) if (id === change.id) this.#refused.set(later, error);
    this.#settings.onRefusal({ change, error });
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
