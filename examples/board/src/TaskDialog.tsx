// Creates a task, or shows and edits one. The dialog belongs to the board and not to the card, so that it stays when the
// task moves or is deleted, and it tells when somebody changes the task meanwhile.
import * as Dialog from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useActions } from './actions';
import { useFocusBack } from './focus';
import { changesOf, detailsOf, draftOf, EMPTY, Fields, type Draft } from './form';
import { History } from './History';
import type { Problem } from './problems';
import { isOpen, useTask, type Task } from './tasks';
import { inWords } from './view';

interface FrameProps {
  title: string;
  onClose: () => void;
  onSubmit: () => void;
  buttons: ReactNode;
  children: ReactNode;
}

function Frame({ title, onClose, onSubmit, buttons, children }: FrameProps) {
  const giveBack = useFocusBack();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation(); // React's events also reach the form that opened the dialog
    onSubmit();
  };
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog" aria-describedby={undefined} onOpenAutoFocus={focusFirstField} onCloseAutoFocus={giveBack}>
          <form onSubmit={submit}>
            <header>
              <Dialog.Title>{title}</Dialog.Title>
              <Dialog.Close className="icon-button" aria-label="Close"><X size={18} aria-hidden="true" /></Dialog.Close>
            </header>
            <div className="dialog-body">{children}</div>
            <footer>{buttons}</footer>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function focusFirstField(event: Event): void {
  const field = (event.currentTarget as Element).querySelector<HTMLInputElement>('input:enabled');
  if (!field) return;
  event.preventDefault();
  field.focus();
}

interface CreateProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  onSave: (draft: Draft) => Promise<Problem | null>;
  onClose: () => void;
}

export function CreateDialog({ draft, onChange, onSave, onClose }: CreateProps) {
  const [problem, setProblem] = useState<Problem | null>(null);

  async function save(): Promise<void> {
    const refused = await onSave(draft);
    setProblem(refused);
    if (refused) return;
    onChange(EMPTY);
    onClose();
  }

  return (
    <Frame title="New task" onClose={onClose} onSubmit={() => void save()} buttons={<button className="primary">Add task</button>}>
      <Fields draft={draft} problem={problem} onChange={onChange} />
    </Frame>
  );
}

/** Whether both have the same details. */
const isSame = (one: Task, other: Task): boolean => JSON.stringify(draftOf(one)) === JSON.stringify(draftOf(other));

export function TaskDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const { create, edit, move } = useActions();
  const now = useTask(task.id);
  const [base, setBase] = useState(task); // the state that the edit started from, or that the user chose to replace
  const [draft, setDraft] = useState(() => draftOf(task));
  const [problem, setProblem] = useState<Problem | null>(null);
  const isNewer = now !== undefined && !isSame(now, base);
  const isEditable = now === undefined || isOpen(now);

  async function finish(sending: Promise<Problem | null>): Promise<void> {
    const refused = await sending;
    setProblem(refused);
    if (!refused) onClose();
  }

  async function save(over: Task): Promise<void> {
    setBase(over);
    await finish(edit(over, changesOf(draft, over)));
  }

  function take(newer: Task): void {
    setProblem(null);
    setBase(newer);
    setDraft(draftOf(newer));
  }

  const again = () => void finish(create(detailsOf(draft)));

  return (
    <Frame
      title={isEditable ? 'Edit task' : 'Task'}
      onClose={onClose}
      onSubmit={() => void save(base)}
      buttons={now
        ? isEditable
          ? <><button className="primary">Save</button><button type="button" onClick={onClose}>Close</button></>
          : <><button type="button" onClick={() => move([now], 'PENDING')}>Reopen to edit</button><button type="button" onClick={onClose}>Close</button></>
        : <><button type="button" className="primary" onClick={again}>Create it again with this text</button><button type="button" onClick={onClose}>Close</button></>}
    >
      {!now && <output className="note">Somebody deleted this task meanwhile. What you typed is still here.</output>}
      {!isEditable && <p className="note">The task is in {inWords(now.status)}. To change its details, reopen it.</p>}
      {isNewer && isEditable && (
        <section className="note" aria-label="The newer version">
          <output>Somebody changed this task meanwhile. It now reads:</output>
          <blockquote><strong dir="auto">{now.title}</strong>{now.description && <p dir="auto">{now.description}</p>}</blockquote>
          <div className="choices">
            <button type="button" onClick={() => take(now)}>Take theirs</button>
            <button type="button" onClick={() => void save(now)}>Save mine over it</button>
          </div>
        </section>
      )}
      <Fields draft={draft} problem={now ? problem : null} onChange={setDraft} disabled={!isEditable} />
      {now && <History task={now} />}
    </Frame>
  );
}
