// The tasks of one status in pages. The column scrolls by itself, and tasks can be dropped on it.
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStoreStatus, useTasks } from 'tasks-api-client/react';
import { Card } from './Card';
import { dayOf } from './dates';
import { takeFocus } from './focus';
import { unreachableApi } from './problems';
import { isKnown, path, useStore, type ColumnOfTasks, type Task } from './tasks';
import { useUi } from './ui';
import { COMPARE, isFiltered, matches, type View } from './view';
import { useNow } from './When';

/** Returns the tasks of a column as the view wants them. */
export function useColumn({ status }: ColumnOfTasks, view: View) {
  const store = useStore();
  const now = useNow();
  const today = dayOf(now);
  const moment = view.due === 'overdue' ? now.getTime() : 0; // a new filter begins with the first page again
  const where = useMemo(
    () => (task: Task) => (status !== null || !isKnown(task.status)) && matches(task, view, new Date(moment), today),
    [status, view, moment, today],
  );
  const compare = COMPARE[view.order];
  return useTasks(store, { ...(status && { statuses: [status] }), where, ...(compare && { compare }) });
}

export function Column({ column, view }: { column: ColumnOfTasks; view: View }) {
  const { id, name, status, hint } = column;
  const store = useStore();
  const { selection } = useUi();
  const section = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  const isOffline = useStoreStatus(store) === 'offline';
  const { tasks, total, hasMore, isLoaded, more } = useColumn(column, view);

  useEffect(takeFocus);
  useEffect(() => combine(
    dropTargetForElements({
      element: section.current!,
      getData: () => ({ status }),
      canDrop: ({ source }) => {
        const task = store.get(String(source.data.taskId));
        return task !== undefined && status !== null && path(task.status, status).length > 0;
      },
      onDragEnter: () => setOver(true),
      onDragLeave: () => setOver(false),
      onDrop: () => setOver(false),
    }),
    autoScrollForElements({ element: scroller.current! }),
  ), [store, status]);

  if (!status && total === 0) return <section ref={section} hidden><div ref={scroller} /></section>;
  return (
    <section ref={section} className={`column ${isOver ? 'is-over' : ''}`} aria-labelledby={id} aria-busy={!isLoaded}>
      <h2 id={id} tabIndex={-1}><span className={`dot ${id}`} aria-hidden="true" /> {name} <span className="count">{isLoaded && total}</span></h2>
      <div className="scroller" ref={scroller}>
        {isOffline && !isLoaded && <p className="problem" role="alert">{unreachableApi()}</p>}
        {!isLoaded && !isOffline && <div className="skeletons" aria-hidden="true"><i /><i /><i /></div>}
        {isLoaded && total === 0 && <p className="empty">{isFiltered(view) ? 'No task matches the filter.' : hint}</p>}
        <ul>
          {tasks.map((task, index) => (
            <Card
              key={task.id}
              task={task}
              isSelecting={selection !== null}
              isSelected={selection?.has(task.id) ?? false}
              neighbors={view.order === 'manual' && status ? [tasks[index - 2], tasks[index - 1], tasks[index + 1], tasks[index + 2]].map((neighbor) => neighbor?.id) : null}
            />
          ))}
        </ul>
        {hasMore && <button type="button" className="quiet more" onClick={more} aria-label={`Load more: ${name}`}>Load more</button>}
      </div>
    </section>
  );
}
