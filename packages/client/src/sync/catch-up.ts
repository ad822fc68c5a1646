// Reads what changed while no live updates arrived.
import type { TasksClient } from '../client.js';
import { TaskNotFound, UnknownApiError, ValidationError } from '../errors.js';
import type { Document } from '../http.js';
import { task as readTask, tasksByUser, type Task } from '../operations.js';
import type { Deletion, Replica } from './replica.js';

const PAGE = 100;

interface TaskChanges {
  changed: Task[];
  deleted: Deletion[];
  token: string;
  hasMore: boolean;
}

// Written by hand, and not in operations.graphql, until the schema has the field.
const TASK_CHANGES: Document<{ taskChanges: TaskChanges }, { userId: string; since: string | null; limit: number }> = {
  toString: () => `query TaskChanges($userId: ID, $since: String, $limit: Int) {
  taskChanges(userId: $userId, since: $since, limit: $limit) {
    changed { id userId title description due { date at timeZone } priority labels status createdAt updatedAt completedAt rank version }
    deleted { id version }
    token
    hasMore
  }
}`,
};

export class CatchUp {
  #client: TasksClient;
  #userId: string;
  #replica: Replica;
  #since: string | null = null;
  #hasDelta = true;

  constructor(client: TasksClient, userId: string, replica: Replica) {
    this.#client = client;
    this.#userId = userId;
    this.#replica = replica;
  }

  /** Brings the replica up to date. Throws what the client throws; what was read before that is kept. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.#hasDelta) return this.#readAll(signal);
    try {
      await this.#readChanges(signal);
    } catch (error) {
      if (error instanceof ValidationError && error.errorInfo.field === 'since' && this.#since !== null) {
        this.#since = null; // the API does not know the token any more
        return this.run(signal);
      }
      if (!isUnknownField(error)) throw error;
      this.#hasDelta = false;
      await this.#readAll(signal);
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
    let since = this.#since;
    for (let hasMore = true; hasMore; ) {
      const variables = { userId: this.#userId, since, limit: PAGE };
      const { taskChanges: page } = await this.#client.send(TASK_CHANGES, variables, { signal });
      this.#replica.apply(page.changed, page.deleted);
      for (const { id } of page.changed) seen.add(id);
      ({ token: since, hasMore } = page);
      if (!before) this.#since = since; // a full read begins anew after a failure
    }
    if (before) await this.#removeMissing(before, seen, signal);
    this.#since = since;
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const before = this.#replica.versions();
    const seen = new Set<string>();
    let nextToken: string | null = null;
    do {
      const page = await tasksByUser(this.#client, { userId: this.#userId, limit: PAGE, nextToken }, { signal });
      this.#replica.apply(page.items);
      for (const { id } of page.items) seen.add(id);
      ({ nextToken } = page);
    } while (nextToken);
    await this.#removeMissing(before, seen, signal);
  }

  /**
   * Removes tasks that a complete read did not contain. A list may lack a task that was created just before, so each is
   * looked for by its id first.
   */
  async #removeMissing(before: Map<string, number>, seen: Set<string>, signal: AbortSignal): Promise<void> {
    for (const [id, version] of before) {
      if (seen.has(id) || this.#replica.get(id)?.version !== version) continue;
      await this.readTask(id, signal);
    }
  }
}

function isUnknownField(error: unknown): boolean {
  return error instanceof UnknownApiError && error.message.includes('FieldUndefined');
}
