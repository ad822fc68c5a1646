// A task with its actions.
import { useEffect, useState } from 'react';
import { MOVES, OPEN, UNSAVED, useActions } from './actions';
import { takeFocus } from './focus';
import { History } from './History';
import type { Task } from './tasks';
import { When } from './When';

export function Card({ task, onEdit }: { task: Task; onEdit: (task: Task) => void }) {
  const { move, remove } = useActions();
  const [isHistoryShown, showHistory] = useState(false);
  const [isSure, setSure] = useState(false);
  const named = (name: string) => ({ type: 'button', 'aria-label': `${name} ${task.title}`, disabled: task.version === UNSAVED }) as const;

  useEffect(takeFocus, []);

  return (
    <li>
      <article aria-labelledby={task.id}>
        <h3 id={task.id} tabIndex={-1}>{task.title}</h3>
        {task.description && <p>{task.description}</p>}
        <p className="when"><When at={task.createdAt} /></p>
        <div className="actions">
          {MOVES.filter(({ from }) => from.includes(task.status)).map((by) => (
            <button key={by.name} {...named(by.name)} onClick={() => void move(task, by)}>{by.name}</button>
          ))}
          {OPEN.includes(task.status) && <button {...named('Edit')} onClick={() => onEdit(task)}>Edit</button>}
          <button {...named('History of')} aria-expanded={isHistoryShown} onClick={() => showHistory(!isHistoryShown)}>
            History
          </button>
          <button
            {...named(isSure ? 'Delete for good:' : 'Delete')}
            className="danger"
            onClick={() => (isSure ? void remove(task) : setSure(true))}
            onBlur={() => setSure(false)}
          >
            {isSure ? 'Delete for good?' : 'Delete'}
          </button>
        </div>
        {isHistoryShown && <History task={task} />}
      </article>
    </li>
  );
}
