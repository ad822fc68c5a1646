// Three-way merges: what the user saw, what the user changed, and what the task is now.
import type { TaskStatus, UpdateTaskInput } from '../gql/graphql.js';
import type { Task } from '../operations.js';

/** The details of a task that an edit changes. */
export type Details = Pick<UpdateTaskInput, 'title' | 'description'>;

export interface Merge {
  /** What is left to change. */
  changes: Details;
  /** The details that somebody else changed to another value. */
  conflicts: (keyof Details)[];
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Merges an edit of the task that the user saw into the task as it is now, detail by detail. */
export function mergeEdit(seen: Task, changes: Details, now: Task): Merge {
  const merge: Merge = { changes: {}, conflicts: [] };
  for (const name of Object.keys(changes) as (keyof Details)[]) {
    const [was, is, wanted] = [seen[name], now[name], changes[name]];
    if (isSame(was, wanted)) continue; // a form sends every detail, also those that the user left as they were
    if (isSame(is, wanted)) continue; // it is done, by an attempt whose answer was lost, or by somebody else
    Object.assign(merge.changes, { [name]: wanted });
    if (!isSame(was, is)) merge.conflicts.push(name);
  }
  return merge;
}

/**
 * Returns what is left of a change of the status: `done` if the task has the status, `conflict` if somebody else gave it
 * another one, and `change` otherwise, whatever else somebody changed.
 */
export function mergeStatus(seen: TaskStatus, wanted: TaskStatus, now: TaskStatus): 'done' | 'conflict' | 'change' {
  if (now === wanted) return 'done';
  return now === seen ? 'change' : 'conflict';
}
