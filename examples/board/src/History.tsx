// The history of a task, which is read on demand.
import { useQuery } from '@apollo/client/react';
import { columnOf, type Task } from './cache';
import { HistoryDocument, type TaskEventType } from './gql/graphql';
import { problemOf } from './problems';
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
  const { data, error } = useQuery(HistoryDocument, { variables: { id: task.id }, fetchPolicy: 'cache-and-network' });

  if (error) return <p className="problem">{problemOf(error).text}</p>;
  return (
    <ol className="history" aria-label={`History of ${task.title}`}>
      {data?.task?.history?.map(({ id, type, status, timestamp }) => (
        <li key={id}>
          {WORDS[type] ?? type} {type === 'STATUS_CHANGED' && columnOf(status)} <When at={timestamp} />
        </li>
      ))}
    </ol>
  );
}
