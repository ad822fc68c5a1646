// A task with its actions.
import { useEffect, useId, useRef, useState } from 'react';
import { MOVES, UNSAVED, useActions, type Move } from './actions';
import type { Task } from './cache';
import { takeFocus } from './focus';
import { History } from './History';
import { When } from './When';

const MOVES_FROM: Record<Task['status'], Move[]> = {
  PENDING: ['start', 'complete', 'cancel'],
  IN_PROGRESS: ['complete', 'cancel'],
  COMPLETED: ['reopen'],
  CANCELLED: ['reopen'],
};

export function Card({ task, onEdit }: { task: Task; onEdit: (task: Task) => void }) {
  const { move, remove } = useActions();
  const [historyShown, setHistoryShown] = useState(false);
  const [sure, setSure] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const moves = MOVES_FROM[task.status];
  const named = (name: string) => ({ type: 'button', 'aria-label': `${name} ${task.title}`, disabled: task.version === UNSAVED }) as const;

  useEffect(() => takeFocus(task.id, title.current), [task.id]);

  return (
    <li>
      <article aria-labelledby={id}>
        <h3 id={id} ref={title} tabIndex={-1}>{task.title}</h3>
        {task.description && <p>{task.description}</p>}
        <p className="when"><When at={task.createdAt} /></p>
        <div className="actions">
          {moves.map((by) => (
            <button key={by} {...named(MOVES[by].name)} onClick={() => void move(task, by)}>{MOVES[by].name}</button>
          ))}
          {moves.includes('cancel') && <button {...named('Edit')} onClick={() => onEdit(task)}>Edit</button>}
          <button {...named('History of')} aria-expanded={historyShown} onClick={() => setHistoryShown(!historyShown)}>
            History
          </button>
          <button
            {...named(sure ? 'Delete for good:' : 'Delete')}
            className="danger"
            onClick={() => (sure ? void remove(task) : setSure(true))}
            onBlur={() => setSure(false)}
          >
            {sure ? 'Delete for good?' : 'Delete'}
          </button>
        </div>
        {historyShown && <History key={task.version} task={task} />}
      </article>
    </li>
  );
}
