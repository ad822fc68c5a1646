// A user's changes of tasks. A change is shown at once, waits without a connection, and goes back with a message when the
// API refuses it.
import type { TaskStatus } from 'tasks-api-client';
import type { Transition } from 'tasks-api-client/sync';
import type { Text } from './Fields';
import { keepFocus, takeFocus } from './focus';
import { useNotices } from './Notices';
import { problemOf, type Problem } from './problems';
import { columnOf, useStore, type Task } from './tasks';

/** A change of the status, which a button makes. */
export interface Move {
  name: string;
  transition: Transition;
  from: TaskStatus[];
  to: TaskStatus;
}

export const OPEN: TaskStatus[] = ['PENDING', 'IN_PROGRESS'];
export const MOVES: Move[] = [
  { name: 'Start', transition: 'start', from: ['PENDING'], to: 'IN_PROGRESS' },
  { name: 'Complete', transition: 'complete', from: OPEN, to: 'COMPLETED' },
  { name: 'Cancel', transition: 'cancel', from: OPEN, to: 'CANCELLED' },
  { name: 'Reopen', transition: 'reopen', from: ['COMPLETED', 'CANCELLED'], to: 'PENDING' },
];

/** The version of a task that is not stored yet. */
export const UNSAVED = 0;

export function useActions() {
  const store = useStore();
  const { show, announce } = useNotices();

  /** Returns the problem, or null when the change is stored, or waits for a connection: a refusal is then shown later. */
  async function outcome(change: Promise<void>, title: string): Promise<Problem | null> {
    const problem = change.then(() => null, problemOf);
    if (store.status === 'live') return problem;
    void problem.then((later) => later && show({ text: `“${title}” was not saved. ${later.text}` }));
    return null;
  }

  /** Returns the task as it is now, or null when it no longer exists. */
  async function readAgain(task: Task): Promise<Task | null> {
    return store.get(task.id) ?? null;
  }

  async function settle(task: Task, change: Promise<void>): Promise<void> {
    const problem = await outcome(change, task.title);
    if (!problem) return;
    keepFocus(task.id);
    takeFocus(); // the card is back already
    show({ text: `“${task.title}” stays as it was. ${problem.text}` });
  }

  async function move(task: Task, { transition, to }: Move): Promise<void> {
    keepFocus(task.id, to);
    announce(`“${task.title}” moved to ${columnOf(to)}.`);
    await settle(task, store[transition](task.id));
  }

  async function remove(task: Task): Promise<void> {
    keepFocus(task.status);
    announce(`“${task.title}” was deleted.`);
    await settle(task, store.delete(task.id));
  }

  const create = (text: Text): Promise<Problem | null> => outcome(store.create({ ...text }).done, text.title);
  const edit = (task: Task, text: Text): Promise<Problem | null> => outcome(store.edit(task.id, { ...text }, task), text.title);

  return { move, remove, create, edit, readAgain };
}
