// Which tasks the board shows, and in which order. The page has all tasks, so that it filters them by itself.
import { matches as keeps, type TaskPriority } from 'tasks-api-client';
import { daysLater, dueDay, isPast } from './dates';
import type { Task } from './tasks';

export type DueFilter = 'any' | 'overdue' | 'today' | 'week' | 'none';
export type Order = 'manual' | 'newest' | 'due' | 'priority';

export interface View {
  text: string;
  due: DueFilter;
  priority: TaskPriority | 'any';
  label: string | null;
  order: Order;
}

export const EVERYTHING: View = { text: '', due: 'any', priority: 'any', label: null, order: 'manual' };

export const DUE_FILTERS: Record<DueFilter, string> = {
  any: 'Any date', overdue: 'Overdue', today: 'Today', week: 'Next seven days', none: 'Without a date',
};
export const ORDERS: Record<Order, string> = { manual: 'My order', newest: 'Newest first', due: 'By due date', priority: 'By priority' };
export const PRIORITIES = { URGENT: 'Urgent', HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low', NONE: 'No priority' } as const satisfies Record<TaskPriority, string>;

const RANKS = Object.keys(PRIORITIES);

/** Returns the name of a priority, also of one that this version of the board does not know. */
export const priorityName = (priority: string): string => PRIORITIES[priority as TaskPriority] ?? inWords(priority);

/** Returns an enum's value as words: `ON_HOLD` is "On hold". */
export const inWords = (value: string): string => value.charAt(0) + value.slice(1).toLowerCase().replaceAll('_', ' ');

export const isFiltered = ({ text, due, priority, label }: View): boolean => text.trim() !== '' || due !== 'any' || priority !== 'any' || label !== null;

export function matches(task: Task, view: View, now: Date, today: string): boolean {
  const conditions = { text: view.text, ...(view.priority !== 'any' && { priorities: [view.priority] }), ...(view.label !== null && { allLabels: [view.label] }) };
  if (!keeps(task, conditions)) return false;
  if (view.due === 'any') return true;
  if (view.due === 'none') return !task.due;
  if (!task.due) return false;
  if (view.due === 'overdue') return isPast(task.due, now);
  const day = dueDay(task.due);
  return view.due === 'today' ? day === today : day >= today && day <= daysLater(today, 6);
}

/** Tasks without a due date come last. Of one day, whole days come first, then moments. */
const dueKey = ({ due }: Task): string => (due ? `${dueDay(due)} ${due.at ?? ''}` : '~');
const priorityKey = ({ priority }: Task): number => (RANKS.indexOf(priority) + RANKS.length) % RANKS.length;

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

export const COMPARE: Partial<Record<Order, (one: Task, other: Task) => number>> = {
  manual: (one, other) => byText(one.rank, other.rank) || byText(one.id, other.id),
  due: (one, other) => byText(dueKey(one), dueKey(other)),
  priority: (one, other) => priorityKey(one) - priorityKey(other),
};
