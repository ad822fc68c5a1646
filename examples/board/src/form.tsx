// The fields of a task: what a form holds of it, and what the API gets.
import { Bell, CalendarDays, X } from 'lucide-react';
import * as Popover from '@radix-ui/react-popover';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { TaskPriority } from 'tasks-api-client';
import type { Details } from 'tasks-api-client/sync';
import { dayOf, daysLater, dueDay, dueWords, localOf, momentWords, nextMonday, timeOf } from './dates';
import type { Problem } from './problems';
import { useLabels, type Task } from './tasks';
import { PRIORITIES } from './view';
import { useNow } from './When';

const MORNING = '09:00';
const AN_HOUR = 3_600_000; // milliseconds

/** What a form holds. `date`, `time` and `reminder`, which is both, are in the reader's time zone, and empty if there are none. */
export interface Draft {
  title: string;
  description: string;
  date: string;
  time: string;
  reminder: string;
  priority: TaskPriority;
  labels: readonly string[];
}

export const EMPTY: Draft = { title: '', description: '', date: '', time: '', reminder: '', priority: 'NONE', labels: [] };

export const isEmpty = (draft: Draft): boolean => JSON.stringify(draft) === JSON.stringify(EMPTY);

export const draftOf = ({ title, description, due, remindAt, priority, labels }: Task): Draft => ({
  title,
  description,
  date: due ? dueDay(due) : '',
  time: due?.at ? timeOf(due.at) : '',
  reminder: remindAt ? localOf(remindAt) : '',
  priority,
  labels,
});

type DueInput = NonNullable<Details['due']>;

function dueOf({ date, time }: Draft): DueInput | null {
  if (!date) return null;
  if (!time) return { date };
  return { at: new Date(`${date}T${time}`).toISOString(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

const momentOf = (local: string): string | null => (local ? new Date(local).toISOString() : null);

/** Returns the details for a task that is created. */
export function detailsOf(draft: Draft): Details & { title: string } {
  const { title, description, priority, labels } = draft;
  const [due, remindAt] = [dueOf(draft), momentOf(draft.reminder)];
  return { title, description, ...(due && { due }), ...(remindAt && { remindAt }), ...(priority !== 'NONE' && { priority }), ...(labels.length > 0 && { labels: [...labels] }) };
}

/** Returns the details that the form changed. A due date or reminder that it left as it was keeps its time zone and its seconds. */
export function changesOf(draft: Draft, seen: Task): Details {
  const before = draftOf(seen);
  return {
    title: draft.title,
    description: draft.description,
    priority: draft.priority,
    labels: [...draft.labels],
    ...((draft.date !== before.date || draft.time !== before.time) && { due: dueOf(draft) }),
    ...(draft.reminder !== before.reminder && { remindAt: momentOf(draft.reminder) }),
  };
}

interface FieldProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  disabled?: boolean;
}

export function Fields({ draft, problem, onChange, disabled = false }: FieldProps & { problem: Problem | null }) {
  const id = useId();
  const fields = useRef<HTMLFieldSetElement>(null);
  const invalid = (name: string) => ({ 'aria-invalid': problem?.field?.split('.').includes(name) ?? false, 'aria-describedby': id });

  useEffect(() => {
    if (problem) fields.current?.querySelector<HTMLElement>('[aria-invalid=true], input')?.focus();
  }, [problem]);

  return (
    <fieldset className="fields" ref={fields} disabled={disabled}>
      <label>Title <input {...invalid('title')} dir="auto" value={draft.title} onChange={(event) => onChange({ ...draft, title: event.target.value })} required /></label>
      <label>
        Description
        <textarea {...invalid('description')} dir="auto" rows={4} value={draft.description} onChange={(event) => onChange({ ...draft, description: event.target.value })} />
      </label>
      <div className="field-row">
        <div className="field"><span aria-hidden="true">Due</span><DueField draft={draft} onChange={onChange} disabled={disabled} /></div>
        <div className="field"><span aria-hidden="true">Reminder</span><ReminderField draft={draft} onChange={onChange} disabled={disabled} /></div>
        <div className="field"><span aria-hidden="true">Priority</span><PriorityField draft={draft} onChange={onChange} /></div>
      </div>
      <LabelsField draft={draft} onChange={onChange} disabled={disabled} />
      <p id={id} className="problem" role="alert">{problem?.text}</p>
    </fieldset>
  );
}

/** A button that shows the due date, with a choice of days, a date picker and a time. */
export function DueField({ draft, onChange, disabled = false }: FieldProps) {
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const today = dayOf(now);
  const due = dueOf(draft);
  const words = due ? dueWords({ date: draft.date, at: due.at ?? null, timeZone: null }, now) : 'Due';
  const choose = (date: string) => {
    onChange({ ...draft, date, time: date ? draft.time : '' });
    setOpen(false);
  };

  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={`chip-button ${due ? 'is-set' : ''}`} type="button" disabled={disabled} aria-label={due ? `Due: ${words}` : 'Due date'}>
        <CalendarDays size={15} aria-hidden="true" /> {words}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover due-picker" align="start" sideOffset={6} collisionPadding={8} aria-label="Due date">
          <div className="choices">
            <button type="button" onClick={() => choose(today)}>Today</button>
            <button type="button" onClick={() => choose(daysLater(today, 1))}>Tomorrow</button>
            <button type="button" onClick={() => choose(nextMonday(today))}>Next Monday</button>
          </div>
          <label>Date <input type="date" value={draft.date} onChange={(event) => onChange({ ...draft, date: event.target.value, time: event.target.value && draft.time })} /></label>
          <label>Time, if it matters <input type="time" value={draft.time} disabled={!draft.date} onChange={(event) => onChange({ ...draft, time: event.target.value })} /></label>
          <div className="choices">
            <button type="button" disabled={!draft.date} onClick={() => choose('')}>No date</button>
            <Popover.Close className="primary">Done</Popover.Close>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** A button that shows when the reader is reminded, with a choice of moments and a picker. */
function ReminderField({ draft, onChange, disabled = false }: FieldProps) {
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const set = (reminder: string) => onChange({ ...draft, reminder });
  const choose = (reminder: string) => {
    set(reminder);
    setOpen(false);
  };
  const due = draft.date && `${draft.date}T${draft.time || MORNING}`;
  const at = momentOf(draft.reminder);
  const words = at ? momentWords(at, now) : 'Reminder';

  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={`chip-button ${at ? 'is-set' : ''}`} type="button" disabled={disabled} aria-label={at ? `Reminder: ${words}` : 'Reminder'}>
        <Bell size={15} aria-hidden="true" /> {words}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover due-picker" align="start" sideOffset={6} collisionPadding={8} aria-label="Reminder">
          <div className="choices">
            <button type="button" onClick={() => choose(localOf(new Date(now.getTime() + AN_HOUR).toISOString()))}>In an hour</button>
            <button type="button" onClick={() => choose(`${daysLater(dayOf(now), 1)}T${MORNING}`)}>Tomorrow morning</button>
            <button type="button" disabled={!due} onClick={() => choose(due)}>When it is due</button>
          </div>
          <label>Date and time <input type="datetime-local" value={draft.reminder} onChange={(event) => set(event.target.value)} /></label>
          <div className="choices">
            <button type="button" disabled={!at} onClick={() => choose('')}>No reminder</button>
            <Popover.Close className="primary">Done</Popover.Close>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

export function PriorityField({ draft, onChange }: FieldProps) {
  const isUnknown = !(draft.priority in PRIORITIES);
  return (
    <select
      className={`chip-button priority ${draft.priority} ${draft.priority === 'NONE' ? '' : 'is-set'}`}
      aria-label="Priority"
      value={draft.priority}
      onChange={(event) => onChange({ ...draft, priority: event.target.value as TaskPriority })}
    >
      {isUnknown && <option>{draft.priority}</option>}
      {Object.entries(PRIORITIES).toReversed().map(([value, name]) => <option key={value} value={value}>{value === 'NONE' ? 'Priority' : name}</option>)}
    </select>
  );
}

/** Labels as chips. Enter or a comma adds the typed one; Backspace in the empty field removes the last. */
function LabelsField({ draft, onChange, disabled }: FieldProps) {
  const id = useId();
  const known = useLabels();
  const [typed, setTyped] = useState('');
  const set = (labels: readonly string[]) => onChange({ ...draft, labels });

  function add(text: string): void {
    setTyped('');
    const label = text.trim().normalize('NFC');
    if (label && !draft.labels.includes(label)) set([...draft.labels, label]);
  }

  function press(event: KeyboardEvent): void {
    if (event.key === 'Backspace' && !typed) return set(draft.labels.slice(0, -1));
    if (event.key !== ',' && (event.key !== 'Enter' || !typed.trim())) return;
    event.preventDefault();
    add(typed);
  }

  return (
    <div className="field">
      <label htmlFor={id}>Labels</label>
      <div className="labels-field">
        {draft.labels.map((label) => (
          <span key={label} className="label">
            <bdi>{label}</bdi>
            <button type="button" disabled={disabled} aria-label={`Remove the label ${label}`} onClick={() => set(draft.labels.filter((other) => other !== label))}><X size={12} aria-hidden="true" /></button>
          </span>
        ))}
        <input
          id={id}
          list={`${id} known`}
          dir="auto"
          value={typed}
          placeholder={draft.labels.length ? '' : 'Type one and press Enter'}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={press}
          onBlur={() => add(typed)}
        />
        <datalist id={`${id} known`}>{known.filter((label) => !draft.labels.includes(label)).map((label) => <option key={label}>{label}</option>)}</datalist>
      </div>
    </div>
  );
}
