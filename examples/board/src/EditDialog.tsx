// Edits a task's text. The dialog belongs to the board and not to the card, so that it stays when the task moves or is
// deleted.
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useActions } from './actions';
import type { Task } from './cache';
import { Fields, type Text } from './Fields';
import type { Problem } from './problems';

export function EditDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { create, edit, readAgain } = useActions();
  const [text, setText] = useState<Text>({ title: task.title, description: task.description });
  const [base, setBase] = useState(task); // the state that the edit started from, or that the user chose to replace
  const [theirs, setTheirs] = useState<Task | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => dialog.current?.showModal(), []);

  // Closing the dialog, instead of removing it, returns the focus to its previous element.
  const close = () => dialog.current?.close();

  async function save(from: Task): Promise<void> {
    const refused = await edit(from, { ...text, id: task.id, expectedVersion: from.version });
    if (!refused) return close();
    if (refused.kind === 'Conflict') setTheirs(await readAgain(task));
    setProblem(refused);
  }

  async function createAgain(): Promise<void> {
    const refused = await create({ ...text, userId: task.userId, clientToken: crypto.randomUUID() });
    if (refused) setProblem(refused);
    else close();
  }

  function choose(kept: 'mine' | 'theirs', newest: Task): void {
    setTheirs(null);
    setProblem(null);
    setBase(newest);
    if (kept === 'mine') void save(newest);
    else setText({ title: newest.title, description: newest.description });
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    void save(base);
  }

  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="edit-title">
      <form onSubmit={submit}>
        <h2 id="edit-title">Edit task</h2>
        <Fields text={text} problem={problem} onChange={setText} />
        {theirs && (
          <section className="theirs" aria-label="The newer version">
            <p>It now reads:</p>
            <blockquote><strong>{theirs.title}</strong><br />{theirs.description}</blockquote>
            <button type="button" onClick={() => choose('theirs', theirs)}>Take theirs</button>
            <button type="button" onClick={() => choose('mine', theirs)}>Save mine over it</button>
          </section>
        )}
        <menu>
          {problem?.kind === 'TaskNotFound' && (
            <button type="button" onClick={() => void createAgain()}>Create it again with this text</button>
          )}
          <button className="primary">Save</button>
          <button type="button" onClick={close}>Close</button>
        </menu>
      </form>
    </dialog>
  );
}
