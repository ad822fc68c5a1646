// A task with its actions: by pointer, by menu, by keyboard, and by dragging it.
import { attachClosestEdge, extractClosestEdge, type Edge } from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { Ban, Bell, CalendarClock, CalendarDays, CloudUpload, Flag } from 'lucide-react';
import { memo, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { plain, UNSAVED, useActions } from './actions';
import { CardMenu } from './CardMenu';
import { dueExactly, dueWords, exactly, isPast, momentWords } from './dates';
import { takeFocus } from './focus';
import { placeBetween, type Neighbors } from './place';
import { COLUMNS, isKnown, isOpen, path, type Task } from './tasks';
import { useUi } from './ui';
import { inWords, priorityName } from './view';
import { useNow, When } from './When';

interface Props {
  task: Task;
  isSelecting: boolean;
  isSelected: boolean;
  /** In the manual order: the ids of the two tasks before it and the two after it, undefined where there is none. */
  neighbors: Neighbors | null;
}

export const Card = memo(
  function Card({ task, isSelecting, isSelected, neighbors }: Props) {
    const { move, place, remove } = useActions();
    const { open, select } = useUi();
    const article = useRef<HTMLElement>(null);
    const [isDragged, setDragged] = useState(false);
    const [edge, setEdge] = useState<Edge | null>(null);
    const between = neighbors?.join() ?? null;
    const isSaved = task.version !== UNSAVED;
    const name = plain(task.title);

    useEffect(takeFocus, []);
    useEffect(() => combine(
      draggable({
        element: article.current!,
        canDrag: () => isSaved,
        getInitialData: () => ({ taskId: task.id }),
        onDragStart: () => setDragged(true),
        onDrop: () => setDragged(false),
      }),
      dropTargetForElements({
        element: article.current!,
        canDrop: ({ source }) => between !== null && isSaved && source.data.taskId !== task.id,
        getData: ({ input, element }) => attachClosestEdge({ taskId: task.id, neighbors: between }, { input, element, allowedEdges: ['top', 'bottom'] }),
        onDrag: ({ self }) => setEdge(extractClosestEdge(self.data)),
        onDragLeave: () => setEdge(null),
        onDrop: () => setEdge(null),
      }),
    ), [task.id, isSaved, between]);

    function press(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey) return;
      const { key } = event;
      const sideways = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
      if (event.altKey && sideways) {
        const next = COLUMNS[COLUMNS.findIndex(({ status }) => status === task.status) + sideways];
        if (next) move([task], next.status);
      } else if (event.altKey) {
        const [second, above, below, fourth] = neighbors ?? [];
        const wanted = key === 'ArrowUp' && above ? placeBetween(second, above) : key === 'ArrowDown' && below ? placeBetween(below, fourth) : null;
        if (!wanted) return;
        place(task, task.status, wanted);
      }
      else if (sideways) focusBeside(article.current!, sideways);
      else if (key === 'ArrowDown' || key === 'ArrowUp') focusNext(article.current!, key === 'ArrowDown' ? 1 : -1);
      else if (key === 'c') move([task], task.status === 'COMPLETED' ? 'PENDING' : 'COMPLETED');
      else if (key === 's') move([task], 'IN_PROGRESS');
      else if (key === 'e') open(task);
      else if (key === 'x') select(task.id);
      else if (key === 'Delete') remove([task]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    return (
      <li>
        <article
          ref={article}
          aria-labelledby={task.id}
          className={`card ${edge ? `edge-${edge}` : ''} ${task.status} ${isDragged ? 'is-dragged' : ''} ${isSelected ? 'is-selected' : ''} ${isSaved ? '' : 'is-unsaved'}`}
        >
          {isSelecting
            ? <input type="checkbox" className="select" aria-label={`Select ${name}`} checked={isSelected} onChange={() => select(task.id)} />
            : <Check task={task} onCheck={(to) => move([task], to)} />}
          <div className="card-text">
            <h3><button type="button" id={task.id} className="title" dir="auto" disabled={!isSaved} onKeyDown={press} onClick={() => (isSelecting ? select(task.id) : open(task))}>{task.title}</button></h3>
            {task.description && <p className="description" dir="auto">{task.description}</p>}
          </div>
          <CardMenu task={task} name={name} isSaved={isSaved} neighbors={neighbors} />
          <Facts task={task} />
        </article>
      </li>
    );
  },
  (one, other) => one.isSelecting === other.isSelecting && one.isSelected === other.isSelected && one.neighbors?.join() === other.neighbors?.join() && JSON.stringify(one.task) === JSON.stringify(other.task),
);

function Check({ task, onCheck }: { task: Task; onCheck: (to: 'COMPLETED' | 'PENDING') => void }) {
  const isDone = task.status === 'COMPLETED';
  if (task.status === 'CANCELLED') return <span className="cancelled-mark" title="Cancelled"><Ban size={18} aria-hidden="true" /></span>;
  return (
    <input
      type="checkbox"
      className="check"
      aria-label={`Complete ${plain(task.title)}`}
      checked={isDone}
      disabled={task.version === UNSAVED || path(task.status, isDone ? 'PENDING' : 'COMPLETED').length === 0}
      onChange={() => onCheck(isDone ? 'PENDING' : 'COMPLETED')}
    />
  );
}

function Facts({ task }: { task: Task }) {
  const now = useNow();
  const { due, remindAt, priority, labels, status } = task;
  const isOverdue = due && isOpen(task) && isPast(due, now);
  const Calendar = due?.at ? CalendarClock : CalendarDays;
  return (
    <div className="facts">
      {!isKnown(status) && <span className="fact status">{inWords(status)}</span>}
      {due && (
        <span className={`fact due ${isOverdue ? 'is-overdue' : ''}`} title={dueExactly(due)}>
          <Calendar size={13} aria-hidden="true" /> {isOverdue && 'Overdue: '}{dueWords(due, now)}
        </span>
      )}
      {remindAt && isOpen(task) && (
        <span className="fact reminder" title={`Reminder ${exactly(remindAt)}`}>
          <Bell size={13} aria-hidden="true" /> <span className="for-screen-readers">Reminder: </span>{momentWords(remindAt, now)}
        </span>
      )}
      {priority && priority !== 'NONE' && <span className={`fact priority ${priority}`}><Flag size={13} aria-hidden="true" /> {priorityName(priority)}</span>}
      {labels?.map((label) => <bdi key={label} className="label">{label}</bdi>)}
      {!task.$synced && <span className="fact waiting" title="Not stored yet"><CloudUpload size={13} aria-hidden="true" /> <span className="for-screen-readers">Not stored yet</span></span>}
      <span className="fact when"><When at={task.createdAt} /></span>
    </div>
  );
}

const titlesIn = (element: Element | null | undefined) => [...(element?.querySelectorAll<HTMLElement>('.title') ?? [])];

function focusNext(card: Element, step: number): void {
  const titles = titlesIn(card.closest('ul'));
  titles[titles.findIndex((title) => card.contains(title)) + step]?.focus();
}

/** Focuses the card at the same height in the next column that has one. */
function focusBeside(card: Element, step: number): void {
  const columns = [...document.querySelectorAll('.column')];
  const own = titlesIn(card.closest('.column')).findIndex((title) => card.contains(title));
  const start = columns.indexOf(card.closest('.column')!);
  for (let index = start + step; columns[index]; index += step) {
    const titles = titlesIn(columns[index]);
    if (titles.length > 0) return titles[Math.min(own, titles.length - 1)]!.focus();
  }
}
