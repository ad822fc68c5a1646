// The history of a task, which is read when its dialog opens.
import type { TaskEventType } from 'tasks-api-client';
import { problemOf } from './problems';
import { columnOf, useHistory, type Task } from './tasks';
import { inWords } from './view';
import { When } from './When';

const WORDS: Record<TaskEventType, string> = {
  CREATED: 'Created',
  UPDATED: 'Details changed',
  STATUS_CHANGED: 'Moved to',
  COMPLETED: 'Completed',
  REOPENED: 'Reopened',
  DELETED: 'Deleted',
  MOVED: 'Moved in its column',
};

/** Returns the words for an event, also for one of a type that this version of the board does not know. */
export const eventWords = (type: string, status: string): string =>
  type === 'STATUS_CHANGED' ? `${WORDS.STATUS_CHANGED} ${columnOf(status)}` : (WORDS[type as TaskEventType] ?? inWords(type));

export function History({ task }: { task: Task }) {
  const { events, error } = useHistory(task.id);

  return (
    <section className="history" aria-labelledby="history-title">
      <h3 id="history-title">History</h3>
      {error !== null && <p className="problem">{problemOf(error).text}</p>}
      <ol>
        {events.map(({ id, type, status, timestamp }) => <li key={id}><span>{eventWords(type, status)}</span> <When at={timestamp} /></li>)}
      </ol>
    </section>
  );
}
