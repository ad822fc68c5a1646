// What can be done with the selected tasks.
import { X } from 'lucide-react';
import { useActions } from './actions';
import { COLUMNS, MOVES, path, useStore, type Task } from './tasks';

export function SelectionBar({ ids, onEnd }: { ids: ReadonlySet<string>; onEnd: () => void }) {
  const store = useStore();
  const { move, remove } = useActions();
  const tasks = [...ids].flatMap((id) => (store.get(id) ? [store.get(id) as Task] : []));

  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected tasks">
      <output>{tasks.length === 0 ? 'Choose tasks' : `${tasks.length} selected`}</output>
      {COLUMNS.map(({ status, name }) => (
        <button
          key={status}
          type="button"
          disabled={!tasks.some((task) => path(task.status, status).length > 0)}
          onClick={() => { move(tasks, status); onEnd(); }}
        >
          <span className={`dot ${status}`} aria-hidden="true" /> {MOVES.find(({ to }) => to === status)?.name ?? name}
        </button>
      ))}
      <button type="button" className="danger" disabled={tasks.length === 0} onClick={() => { remove(tasks); onEnd(); }}>Delete</button>
      <button type="button" className="icon-button" aria-label="End the selection" onClick={onEnd}><X size={18} aria-hidden="true" /></button>
    </div>
  );
}
