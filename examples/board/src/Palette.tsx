// The command palette: tasks and actions by name (Ctrl or ⌘ and K).
import * as Dialog from '@radix-ui/react-dialog';
import { Command } from 'cmdk';
import { fold } from 'tasks-api-client';
import { useFocusBack } from './focus';
import { useStore, type Task } from './tasks';
import { inWords } from './view';

export interface Action {
  name: string;
  keys?: string;
  run: () => void;
}

const TASKS = 50; // at most, newest first

export function Palette({ actions, onOpen, onClose }: { actions: readonly Action[]; onOpen: (task: Task) => void; onClose: () => void }) {
  const giveBack = useFocusBack();
  const store = useStore();
  const { tasks } = store.list({ pageSize: TASKS }).get();
  const then = (run: () => void) => () => {
    onClose();
    setTimeout(run); // after the dialog has given the focus back
  };

  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined} onCloseAutoFocus={giveBack}>
          <Dialog.Title className="for-screen-readers">Commands and tasks</Dialog.Title>
          <Command label="Commands and tasks" filter={(value, search) => Number(fold(value).includes(fold(search)))}>
            <Command.Input placeholder="Type a command or a task" />
            <Command.List label="Commands and tasks">
              <Command.Empty>Nothing has this name.</Command.Empty>
              <Command.Group heading="Commands">
                {actions.map(({ name, keys, run }) => <Command.Item key={name} value={name} onSelect={then(run)}>{name} {keys && <kbd>{keys}</kbd>}</Command.Item>)}
              </Command.Group>
              {tasks.length > 0 && (
                <Command.Group heading="Tasks">
                  {tasks.map((task) => (
                    <Command.Item key={task.id} value={`${task.title} ${task.id}`} onSelect={then(() => onOpen(task))}>
                      <span className={`dot ${task.status}`} aria-hidden="true" /> <bdi className="clip">{task.title}</bdi> <span className="end">{inWords(task.status)}</span>
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
