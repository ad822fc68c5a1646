// The sheet of keyboard shortcuts. Single keys can be switched off (WCAG 2.1.4), because speech input may type them.
import * as Dialog from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { useFocusBack } from './focus';

const SHORTCUTS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ['Anywhere', [['Ctrl K', 'Commands and tasks'], ['n', 'New task'], ['/', 'Search'], ['z', 'Undo the latest change'], ['?', 'This sheet']]],
  ['On a task', [
    ['Enter', 'Open and edit'], ['c', 'Complete, or reopen'], ['s', 'Start'], ['x', 'Select'], ['Delete', 'Delete'],
    ['↑ ↓ ← →', 'Go to another task'], ['Alt ← →', 'Move to the next column'], ['Alt ↑ ↓', 'Move within the column'],
  ]],
];

interface Props {
  hasKeys: boolean;
  onKeys: (hasKeys: boolean) => void;
  onClose: () => void;
}

export function Shortcuts({ hasKeys, onKeys, onClose }: Props) {
  const giveBack = useFocusBack();
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog shortcuts" aria-describedby={undefined} onCloseAutoFocus={giveBack}>
          <header>
            <Dialog.Title>Keyboard shortcuts</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label="Close"><X size={18} aria-hidden="true" /></Dialog.Close>
          </header>
          <div className="dialog-body">
            {SHORTCUTS.map(([place, keys]) => (
              <section key={place}>
                <h3>{place}</h3>
                <dl>{keys.map(([key, what]) => <div key={key}><dt>{key.split(' ').map((part) => <kbd key={part}>{part}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
              </section>
            ))}
            <label className="switch"><input type="checkbox" checked={hasKeys} onChange={(event) => onKeys(event.target.checked)} /> Single keys do something</label>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
