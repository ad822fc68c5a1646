// Reads what changed while no live updates arrived (docs/catching-up.md).
import type { TasksClient } from '../client.js';
import { TaskNotFound, ValidationError } from '../errors.js';
import { task as readTask, taskChanges } from '../operations.js';
import type { Replica } from './replica.js';

const PAGE = 100;

export class CatchUp {
  #client: TasksClient;
  #userId: string;
  #replica: Replica;
  #since: string | null = null; // the token of the last series of pages that was read to its end

  constructor(client: TasksClient, userId: string, replica: Replica) {
    this.#client = client;
    this.#userId = userId;
    this.#replica = replica;
  }

  /** Brings the replica up to date. Throws what the client throws; what was read before that is kept. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#readChanges(signal);
    } catch (error) {
      if (!(error instanceof ValidationError && error.errorInfo.field === 'since' && this.#since !== null)) throw error;
      // The table was restored, so that versions may have gone back.
      this.#since = null;
      this.#replica.forgetVersions();
      await this.#readChanges(signal);
    }
  }

  /** Reads one task. Returns whether it is there. */
  async readTask(id: string, signal: AbortSignal): Promise<boolean> {
    try {
      this.#replica.apply([await readTask(this.#client, id, { signal })]);
      return true;
    } catch (error) {
      if (!(error instanceof TaskNotFound)) throw error;
      this.#replica.apply([], [{ id }]);
      return false;
    }
  }

  async #readChanges(signal: AbortSignal): Promise<void> {
    const before = this.#since === null ? this.#replica.versions() : null;
    const seen = new Set<string>();
    // A series that an error ended begins anew: what it read does not say what happened since the connection came back.
    let since = this.#since;
    for (let hasMore = true; hasMore; ) {
      const page = await taskChanges(this.#client, { userId: this.#userId, since, limit: PAGE }, { signal });
      this.#replica.apply(page.changed, page.deleted);
      for (const { id } of page.changed) seen.add(id);
      ({ token: since, hasMore } = page);
    }
    if (before) await this.#removeMissing(before, seen, signal);
    this.#since = since;
  }

  /**
   * Removes tasks that a complete read did not contain. A list may lack a task that was created just before, so each is
   * looked for by its id first.
   */
  async #removeMissing(before: Map<string, number | undefined>, seen: Set<string>, signal: AbortSignal): Promise<void> {
    for (const [id, version] of before) {
      if (seen.has(id) || this.#replica.get(id)?.version !== version) continue;
      await this.readTask(id, signal);
    }
  }
}
