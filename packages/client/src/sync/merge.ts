// Three-way merges: what the user saw, what the user changed, and what the task is now.
import type { TaskDueInput, TaskStatus, UpdateTaskInput } from '../gql/graphql.js';
import type { Task } from '../operations.js';

/** The details of a task that an edit changes. A `due` or `remindAt` of null means none. */
export type Details = Pick<UpdateTaskInput, 'title' | 'description' | 'due' | 'priority' | 'labels' | 'remindAt'>;

export interface Merge {
  /** What is left to change. */
  changes: Details;
  /** The details that somebody else changed to another value. */
  conflicts: (keyof Details)[];
}

/** Returns the due date as the API answers it. The day of a moment is its day in its time zone, by default UTC. */
export function dueOf(input: TaskDueInput | null | undefined): Task['due'] {
  if (!input?.at) return input?.date ? { date: input.date, at: null, timeZone: null } : null;
  const timeZone = input.timeZone ?? 'UTC';
  const moment = new Date(input.at);
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(moment);
  const part = (name: string) => parts.find(({ type }) => type === name)!.value;
  return { date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`, at: moment.toISOString(), timeZone };
}

/** Returns a moment as the API answers it. */
export const momentOf = (input: string | null | undefined): string | null => (input ? new Date(input).toISOString() : null);

const isSame = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** Returns a detail in a form that can be compared. */
function comparable(name: keyof Details, value: unknown): unknown {
  if (name === 'remindAt') return momentOf(value as string | null);
  return name === 'due' ? dueOf(value as TaskDueInput | null) : value;
}

/** Merges an edit of the task that the user saw into the task as it is now, detail by detail, and label by label. */
export function mergeEdit(seen: Task, changes: Details, now: Task): Merge {
  const merge: Merge = { changes: {}, conflicts: [] };
  for (const name of Object.keys(changes) as (keyof Details)[]) {
    const given = name === 'labels' && changes.labels ? mergeLabels(seen.labels, changes.labels, now.labels) : changes[name];
    const [was, is, wanted] = [seen[name], now[name], given].map((value) => comparable(name, value));
    if (isSame(comparable(name, changes[name]), was)) continue; // a form sends every detail, also those that the user left as they were
    if (isSame(is, wanted)) continue; // it is done, by an attempt whose answer was lost, or by somebody else
    Object.assign(merge.changes, { [name]: given });
    if (name !== 'labels' && !isSame(was, is)) merge.conflicts.push(name);
  }
  return merge;
}

/** Returns the labels of now, with those that the user added and without those that the user removed. */
function mergeLabels(seen: readonly string[], wanted: readonly string[], now: readonly string[]): string[] {
  const removed = seen.filter((label) => !wanted.includes(label));
  return sorted([...now.filter((label) => !removed.includes(label)), ...wanted.filter((label) => !seen.includes(label))]);
}

/** Returns the labels as the API stores them: each once, by code points. */
export function sorted(labels: readonly string[]): string[] {
  return [...new Set(labels)].toSorted((one, other) => {
    const [these, those] = [[...one], [...other]];
    const at = these.findIndex((character, index) => character !== those[index]);
    if (at < 0) return these.length - those.length;
    return (these[at]!.codePointAt(0) ?? 0) - (those[at]?.codePointAt(0) ?? -1);
  });
}

/**
 * Returns what is left of a change of the status: `done` if the task has the status, `conflict` if somebody else gave it
 * another one, and `change` otherwise, whatever else somebody changed.
 */
export function mergeStatus(seen: TaskStatus, wanted: TaskStatus, now: TaskStatus): 'done' | 'conflict' | 'change' {
  if (now === wanted) return 'done';
  return now === seen ? 'change' : 'conflict';
}
