// Events in words, and who caused them.
import { Bot, ShieldUser, User } from 'lucide-react';
import type { TaskActorKind, TaskEvent, TaskEventType } from 'tasks-api-client';
import { Initials } from './Initials';
import { useUi } from './ui';
import { inWords } from './view';

const WORDS: Record<TaskEventType, string> = {
  CREATED: 'Created',
  UPDATED: 'Details changed',
  STATUS_CHANGED: 'Moved to',
  COMPLETED: 'Completed',
  REOPENED: 'Reopened',
  DELETED: 'Deleted',
  MOVED: 'Moved in its column',
  REMINDED: 'Reminded',
};
const DETAILS: Record<string, string> = { due: 'due date', remindAt: 'reminder' };

const list = new Intl.ListFormat('en');

/** Returns the words for an event, also for one of a type that this version of the board does not know. */
export function eventWords({ type, status, changed }: TaskEvent): string {
  if (type === 'STATUS_CHANGED') return `${WORDS.STATUS_CHANGED} ${inWords(status)}`;
  if (type === 'UPDATED' && changed?.length) return `Changed ${list.format(changed.map((name) => DETAILS[name] ?? name))}`;
  return WORDS[type] ?? inWords(type);
}

type Actor = TaskEvent['by'];

const ACTORS: Partial<Record<TaskActorKind, string>> = { ADMIN: 'an administrator', SERVICE: 'a program' };

/** Returns the words for who caused an event; none if that is not known. */
export function useActor(by: Actor): string | null {
  const { owner } = useUi();
  if (!by) return null;
  return by.kind === 'OWNER' ? owner.name : (ACTORS[by.kind] ?? inWords(by.kind).toLowerCase());
}

/** A picture of who caused an event: the owner's initials, or what the party is. The API names no other person. */
export function Avatar({ by }: { by: Actor }) {
  const { owner } = useUi();
  const words = useActor(by);
  if (by?.kind === 'OWNER') return <Initials name={owner.name} />;
  const Icon = by?.kind === 'ADMIN' ? ShieldUser : by?.kind === 'SERVICE' ? Bot : User;
  return <span className="avatar" title={words ?? undefined} aria-hidden="true"><Icon size={15} /></span>;
}
