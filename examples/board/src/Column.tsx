// The tasks of one status in pages, newest first.
import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import type { COLUMNS, Task } from './cache';
import { Card } from './Card';
import { takeFocus } from './focus';
import { TasksDocument } from './gql/graphql';
import { useNotices } from './Notices';
import { problemOf } from './problems';

const PAGE = 20;
const LARGEST_PAGE = 100; // the API's maximum

interface Props {
  userId: string;
  column: (typeof COLUMNS)[number];
  count: number | undefined;
  onEdit: (task: Task) => void;
}

export function Column({ userId, column: { status, name }, count, onEdit }: Props) {
  const [limit, setLimit] = useState(PAGE);
  const { data, error, loading, fetchMore } = useQuery(TasksDocument, { variables: { userId, status, limit } });
  const { show } = useNotices();
  const page = data?.tasksByUser;
  const tasks = page?.items.filter((task) => task.status === status) ?? [];

  // After a reconnect, all shown tasks are read again.
  const shown = Math.min(LARGEST_PAGE, tasks.length);
  if (shown > limit) setLimit(shown);

  useEffect(takeFocus);

  // The next page continues the list, so there is none while the list is read again.
  function more(): void {
    if (loading) return;
    fetchMore({ variables: { limit: PAGE, nextToken: page?.nextToken } }).catch((fault: unknown) => {
      show({ text: problemOf(fault).text, again: more });
    });
  }

  return (
    <section className="column" aria-labelledby={status} aria-busy={loading}>
      <h2 id={status} tabIndex={-1}>{name} <span className="count">{count}</span></h2>
      {error && !page && <p className="problem" role="alert">{problemOf(error).text}</p>}
      {page && tasks.length === 0 && <p className="empty">Nothing here.</p>}
      <ul>{tasks.map((task) => <Card key={task.id} task={task} onEdit={onEdit} />)}</ul>
      {page?.nextToken && (
        <button type="button" onClick={more} aria-disabled={loading} aria-label={`Load more: ${name}`}>Load more</button>
      )}
    </section>
  );
}
