// A user's changes of tasks. A change is shown at once, waits without a connection, and goes back with a message when the
// API refuses it. The latest change of statuses and the latest deletion can be undone.
import type { ReactNode } from 'react';
import type { TaskStatus } from 'tasks-api-client';
import type { Details, Place } from 'tasks-api-client/sync';
import { keepFocus, takeFocus } from './focus';
import { useNotices } from './Notices';
import { problemOf, type Problem } from './problems';
import { path, useStore, type Task } from './tasks';
import { inWords } from './view';

/** The version of a task that is not stored yet. */
export const UNSAVED = 0;

const HELD = 120_000; // milliseconds that a deletion waits at most; it is sent as soon as its message closes

export function useActions() {
  const store = useStore();
  const { show } = useNotices();

  /** Returns the problem, or null when the change is stored, or waits for a connection: a refusal is then shown later. */
  async function outcome(change: Promise<unknown>, title: string): Promise<Problem | null> {
    const problem = change.then(() => null, problemOf);
    if (store.status === 'live') return problem;
    void problem.then((later) => later && show({ isProblem: true, text: <><Named title={title} /> was not saved. {later.text}</> }));
    return null;
  }

  async function settle(task: Task, change: Promise<unknown>): Promise<void> {
    const problem = await outcome(change, task.title);
    if (!problem) return;
    keepFocus(task.id);
    takeFocus(); // the card is back already
    show({ isProblem: true, text: <><Named title={task.title} /> stays as it was. {problem.text}</> });
  }

  function take(task: Task, from: TaskStatus, to: TaskStatus): void {
    void settle(task, Promise.all(path(from, to).map(({ transition }) => store[transition](task.id))));
  }

  /** Moves tasks to a column. Several moves may be necessary, for example from Completed to In progress. */
  function move(tasks: readonly Task[], to: TaskStatus): void {
    const movable = tasks.filter(({ status }) => path(status, to).length > 0);
    const [first] = movable;
    if (!first) return;
    keepFocus(first.id, to);
    for (const task of movable) take(task, task.status, to);
    show({
      text: <>{namedAll(movable)} moved to {inWords(to)}.</>,
      undo: () => {
        keepFocus(first.id);
        for (const task of movable) if (store.get(task.id)?.status === to) take(task, to, task.status);
      },
    });
  }

  /** Moves a task between two others of its column, after moving it to the column if it is in another one. */
  function place(task: Task, status: TaskStatus, between: Place): void {
    if (task.status !== status) move([task], status);
    keepFocus(task.id);
    void settle(task, store.move(task.id, between));
  }

  /** Deletes tasks for good as soon as the message is closed, which offers to undo it. */
  function remove(tasks: readonly Task[]): void {
    const [first] = tasks;
    if (!first) return;
    keepFocus(first.status);
    const deletions = tasks.map((task) => store.deleteLater(task.id, HELD));
    tasks.forEach((task, index) => void settle(task, deletions[index]!.done));
    show({
      text: <>{namedAll(tasks)} deleted.</>,
      undo: () => {
        keepFocus(first.id);
        for (const deletion of deletions) deletion.undo();
      },
      onClose: () => {
        for (const deletion of deletions) deletion.send();
      },
    });
  }

  const create = (details: Details & { title: string }): Promise<Problem | null> => outcome(store.create(details).done, details.title);
  const edit = (seen: Task, details: Details): Promise<Problem | null> => outcome(store.edit(seen.id, details, seen), details.title ?? seen.title);
  /** Changes details without a form. */
  const change = (task: Task, details: Details): Promise<void> => settle(task, store.edit(task.id, details));

  return { move, place, remove, create, edit, change };
}

/** A title, isolated from the text around it: it may be in another direction, or hold characters that change directions. */
function Named({ title }: { title: string }) {
  return <>“<bdi>{title}</bdi>”</>;
}

const namedAll = (tasks: readonly Task[]): ReactNode => (tasks.length === 1 ? <><Named title={tasks[0]!.title} /> was</> : <>{tasks.length} tasks were</>);

/** Returns a title in quotation marks, for announcements and labels. */
export const quoted = (title: string): string => `“${plain(title)}”`;

/** Returns a text without the characters that change directions (Unicode Standard Annex #9). */
export const plain = (text: string): string => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
