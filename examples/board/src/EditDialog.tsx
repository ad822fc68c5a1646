// Edits a task's text. The dialog belongs to the board and not to the card, so that it stays when the task moves or is
// deleted.
import { useEffect, useRef, useState } from 'react';
import { useActions } from './actions';
import { Fields, type Text } from './Fields';
import type { Problem } from './problems';
import type { Task } from './tasks';

interface Refusal {
  problem: Problem | null;
  /** The newer version that the edit conflicts with. */
  theirs: Task | null;
}

const NONE: Refusal = { problem: null, theirs: null };

const textOf = ({ title, description }: Task): Text => ({ title, description });

export function EditDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { create, edit, readAgain } = useActions();
  const [text, setText] = useState(textOf(task));
  const [base, setBase] = useState(task); // the state that the edit started from, or that the user chose to replace
  const [{ problem, theirs }, setRefusal] = useState<Refusal>(NONE);

  useEffect(() => dialog.current?.showModal(), []);

  // Closing the dialog, instead of removing it, returns the focus to its previous element.
  const close = () => dialog.current?.close();

  async function save(over: Task): Promise<void> {
    setBase(over);
    await finish(edit(over, text));
  }

  async function finish(sending: Promise<Problem | null>): Promise<void> {
    const found = await sending;
    if (found) setRefusal({ problem: found, theirs: found.kind === 'Conflict' ? await readAgain(task) : null });
    else close();
  }

  function take(newer: Task): void {
    setRefusal(NONE);
    setBase(newer);
    setText(textOf(newer));
  }

  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="edit-title">
      <form action={() => save(base)}>
        <h2 id="edit-title">Edit task</h2>
        <Fields text={text} problem={problem} onChange={setText} />
        {theirs && (
          <section className="theirs" aria-label="The newer version">
            <p>It now reads:</p>
            <blockquote><strong>{theirs.title}</strong><br />{theirs.description}</blockquote>
            <button type="button" onClick={() => take(theirs)}>Take theirs</button>
            <button type="button" onClick={() => void save(theirs)}>Save mine over it</button>
          </section>
        )}
        <menu>
          {problem?.kind === 'TaskNotFound' && (
            <button type="button" onClick={() => void finish(create(text))}>
              Create it again with this text
            </button>
          )}
          <button className="primary">Save</button>
          <button type="button" onClick={close}>Close</button>
        </menu>
      </form>
    </dialog>
  );
}
