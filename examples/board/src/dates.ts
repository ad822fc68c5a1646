// Times and due dates in the reader's language and time zone.
import type { Task } from './tasks';

type Due = NonNullable<Task['due']>;

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const FULL_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]] as const;
const MILLISECONDS_OF_A_DAY = 86_400_000;

export const exactly = (at: string): string => EXACT.format(new Date(at));

/** Returns how long ago it was, in words. */
export function relatively(at: string, now: Date): string {
  const seconds = (Date.parse(at) - now.getTime()) / 1_000;
  for (const [unit, size] of UNITS) if (Math.abs(seconds) >= size) return RELATIVE.format(Math.trunc(seconds / size), unit);
  return RELATIVE.format(0, 'second');
}

const padded = (value: number, length: number): string => String(value).padStart(length, '0');

/** Returns the day in the reader's time zone, as in an `AWSDate`. */
export function dayOf(date: Date): string {
  return [padded(date.getFullYear(), 4), padded(date.getMonth() + 1, 2), padded(date.getDate(), 2)].join('-');
}

/** Returns the time of the moment in the reader's time zone, as an input of type `time` has it. */
export const timeOf = (at: string): string => new Date(at).toTimeString().slice(0, 5);

/** Returns the moment in the reader's time zone, as an input of type `datetime-local` has it. */
export const localOf = (at: string): string => `${dayOf(new Date(at))}T${timeOf(at)}`;

const noonOf = (day: string): Date => new Date(`${day}T12:00`);

export function daysLater(day: string, days: number): string {
  const date = noonOf(day);
  date.setDate(date.getDate() + days);
  return dayOf(date);
}

/** Returns the Monday after the day. */
export const nextMonday = (day: string): string => daysLater(day, 8 - (noonOf(day).getDay() || 7));

/** The day on which it is due for the reader: a moment is on the reader's own day. */
export const dueDay = ({ date, at }: Due): string => (at ? dayOf(new Date(at)) : date);

/** Whether the time has passed. A whole day has passed when the reader's day is later. */
export const isPast = ({ date, at }: Due, now: Date): boolean => (at ? Date.parse(at) < now.getTime() : date < dayOf(now));

export function dueExactly({ date, at, timeZone }: Due): string {
  return at ? `Due ${EXACT.format(new Date(at))}${timeZone ? ` (chosen in ${timeZone})` : ''}` : `Due ${FULL_DAY.format(noonOf(date))}`;
}

export const momentWords = (at: string, now: Date): string => dueWords({ date: '', at, timeZone: null }, now);

/** Returns the due date in few words: today, tomorrow, a weekday, or a date. */
export function dueWords(due: Due, now: Date): string {
  const day = dueDay(due);
  const days = Math.round((noonOf(day).getTime() - noonOf(dayOf(now)).getTime()) / MILLISECONDS_OF_A_DAY);
  const time = due.at ? `, ${TIME.format(new Date(due.at))}` : '';
  if (Math.abs(days) <= 1) return capital(RELATIVE.format(days, 'day')) + time;
  if (days > 0 && days < 7) return WEEKDAY.format(noonOf(day)) + time;
  return (day.slice(0, 4) === dayOf(now).slice(0, 4) ? DAY : DAY_AND_YEAR).format(noonOf(day)) + time;
}

const capital = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);
