// Creates a task. Typed text survives a reload, a refusal and a lost connection.
import { useEffect, useState, type FormEvent } from 'react';
import { useActions } from './actions';
import { Fields, type Text } from './Fields';
import { useNotices } from './Notices';
import type { Problem } from './problems';

const EMPTY: Text = { title: '', description: '' };
const DRAFT = 'tasks-board-draft';

export function CreateForm() {
  const { create } = useActions();
  const { announce } = useNotices();
  const [text, setText] = useState<Text>(() => JSON.parse(sessionStorage.getItem(DRAFT) ?? 'null') ?? EMPTY);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => sessionStorage.setItem(DRAFT, JSON.stringify(text)), [text]);

  async function send(sent: Text): Promise<void> {
    setText(EMPTY);
    setProblem(null);
    const refused = await create(sent);
    if (!refused) return announce(`“${sent.title}” was added to Pending.`);
    setProblem(refused);
    setText((typed) => (typed.title || typed.description ? typed : sent));
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    void send(text);
  }

  return (
    <form className="create" onSubmit={submit} aria-label="New task">
      <Fields text={text} problem={problem} onChange={setText} />
      <button className="primary">Add task</button>
    </form>
  );
}
