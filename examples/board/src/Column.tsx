// The tasks of one status in pages, newest first.
import { useEffect } from 'react';
import { useStoreStatus, useTasks } from 'tasks-api-client/react';
import { Card } from './Card';
import { takeFocus } from './focus';
import { UNREACHABLE_API } from './problems';
import { useStore, type COLUMNS, type Task } from './tasks';

interface Props {
  column: (typeof COLUMNS)[number];
  onEdit: (task: Task) => void;
}

export function Column({ column: { status, name }, onEdit }: Props) {
  const store = useStore();
  const isOffline = useStoreStatus(store) === 'offline';
  const { tasks, total, hasMore, isLoaded, more } = useTasks(store, { statuses: [status] });

  useEffect(takeFocus);

  return (
    <section className="column" aria-labelledby={status} aria-busy={!isLoaded}>
      <h2 id={status} tabIndex={-1}>{name} <span className="count">{isLoaded && total}</span></h2>
      {isOffline && !isLoaded && <p className="problem" role="alert">{UNREACHABLE_API}</p>}
      {isLoaded && total === 0 && <p className="empty">Nothing here.</p>}
      <ul>{tasks.map((task) => <Card key={task.id} task={task} onEdit={onEdit} />)}</ul>
      {hasMore && <button type="button" onClick={more} aria-label={`Load more: ${name}`}>Load more</button>}
    </section>
  );
}
