// The history of a task, which is read on demand.
import type { TaskEventType } from 'tasks-api-client';
import { problemOf } from './problems';
import { columnOf, useHistory, type Task } from './tasks';
import { When } from './When';

const WORDS: Record<TaskEventType, string> = {
  CREATED: 'Created',
  UPDATED: 'Text changed',
  STATUS_CHANGED: 'Moved to',
  COMPLETED: 'Completed',
  REOPENED: 'Reopened',
  DELETED: 'Deleted',
};

export function History({ task }: { task: Task }) {
  const { events, error } = useHistory(task);

  if (error !== null) return <p className="problem">{problemOf(error).text}</p>;
  return (
    <ol className="history" aria-label={`History of ${task.title}`}>
      {events.map(({ id, type, status, timestamp }) => (
        <li key={id}>
          {WORDS[type] ?? type} {type === 'STATUS_CHANGED' && columnOf(status)} <When at={timestamp} />
        </li>
      ))}
    </ol>
  );
}
