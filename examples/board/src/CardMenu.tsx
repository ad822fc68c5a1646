// The actions of a task that are not on its card.
import * as Menu from '@radix-ui/react-dropdown-menu';
import { ArrowDown, ArrowUp, CalendarDays, ChevronRight, Ellipsis, Flag, Pencil, SquareCheck, Trash2 } from 'lucide-react';
import type { TaskPriority } from 'tasks-api-client';
import { useActions } from './actions';
import { placeBetween, type Neighbors } from './place';
import { dayOf, daysLater, nextMonday } from './dates';
import { takeFocus } from './focus';
import { COLUMNS, isOpen, MOVES, path, type Task } from './tasks';
import { main, useUi } from './ui';
import { PRIORITIES } from './view';
import { useNow } from './When';

export function CardMenu({ task, name, isSaved, neighbors }: { task: Task; name: string; isSaved: boolean; neighbors: Neighbors | null }) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={`Actions for ${name}`} disabled={!isSaved}><Ellipsis size={18} aria-hidden="true" /></Menu.Trigger>
      <Menu.Portal container={main()}>
        <Menu.Content
          className="menu"
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            // The card may be gone, or in another column, where it takes the focus. An open dialog keeps the focus.
            if (document.querySelector('[role=dialog]')) event.preventDefault();
            else setTimeout(takeFocus);
          }}
        >
          <Items task={task} neighbors={neighbors} />
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Items({ task, neighbors }: { task: Task; neighbors: Neighbors | null }) {
  const { move, place, remove, change } = useActions();
  const [second, above, below, fourth] = neighbors ?? [];
  const up = above ? placeBetween(second, above) : null;
  const down = below ? placeBetween(below, fourth) : null;
  const { open, select } = useUi();
  const today = dayOf(useNow());
  const days = { Today: today, Tomorrow: daysLater(today, 1), 'Next Monday': nextMonday(today) };

  return (
    <>
      <Menu.Item onSelect={() => open(task)}><Pencil size={15} aria-hidden="true" /> {isOpen(task) ? 'Edit' : 'Open'} <kbd>E</kbd></Menu.Item>
      <Menu.Item onSelect={() => select(task.id)}><SquareCheck size={15} aria-hidden="true" /> Select <kbd>X</kbd></Menu.Item>
      <Menu.Separator />
      {COLUMNS.filter(({ status }) => path(task.status, status).length > 0).map(({ status, name }) => {
        const direct = MOVES.find(({ from, to }) => from.includes(task.status) && to === status);
        return <Menu.Item key={status} onSelect={() => move([task], status)}><span className={`dot ${status}`} /> {direct?.name ?? `Move to ${name}`}</Menu.Item>;
      })}
      {neighbors && (
        <>
          <Menu.Item disabled={!up} onSelect={() => up && place(task, task.status, up)}><ArrowUp size={15} aria-hidden="true" /> Move up <kbd>Alt ↑</kbd></Menu.Item>
          <Menu.Item disabled={!down} onSelect={() => down && place(task, task.status, down)}><ArrowDown size={15} aria-hidden="true" /> Move down <kbd>Alt ↓</kbd></Menu.Item>
        </>
      )}
      {isOpen(task) && (
        <>
          <Menu.Separator />
          <Menu.Sub>
            <Menu.SubTrigger><CalendarDays size={15} aria-hidden="true" /> Due <ChevronRight size={15} aria-hidden="true" className="end" /></Menu.SubTrigger>
            <Menu.Portal container={main()}>
              <Menu.SubContent className="menu" sideOffset={4} collisionPadding={8}>
                {Object.entries(days).map(([words, date]) => <Menu.Item key={words} onSelect={() => void change(task, { due: { date } })}>{words}</Menu.Item>)}
                <Menu.Item onSelect={() => open(task)}>Another date …</Menu.Item>
                <Menu.Item disabled={!task.due} onSelect={() => void change(task, { due: null })}>No date</Menu.Item>
              </Menu.SubContent>
            </Menu.Portal>
          </Menu.Sub>
          <Menu.Sub>
            <Menu.SubTrigger><Flag size={15} aria-hidden="true" /> Priority <ChevronRight size={15} aria-hidden="true" className="end" /></Menu.SubTrigger>
            <Menu.Portal container={main()}>
              <Menu.SubContent className="menu" sideOffset={4} collisionPadding={8}>
                <Menu.RadioGroup value={task.priority} onValueChange={(priority) => void change(task, { priority: priority as TaskPriority })}>
                  {Object.entries(PRIORITIES).map(([value, words]) => <Menu.RadioItem key={value} value={value}><Flag size={15} aria-hidden="true" className={`priority ${value}`} /> {words}<Menu.ItemIndicator className="end">✓</Menu.ItemIndicator></Menu.RadioItem>)}
                </Menu.RadioGroup>
              </Menu.SubContent>
            </Menu.Portal>
          </Menu.Sub>
        </>
      )}
      <Menu.Separator />
      <Menu.Item className="danger" onSelect={() => remove([task])}><Trash2 size={15} aria-hidden="true" /> Delete <kbd>Del</kbd></Menu.Item>
    </>
  );
}
