// Adds a task by Enter, with due date and priority in the same line. Typed text survives a reload, a refusal and a lost
// connection.
import { ListPlus, Plus } from 'lucide-react';
import { useEffect, useState, type FormEvent } from 'react';
import { quoted, useActions } from './actions';
import { detailsOf, DueField, EMPTY, isEmpty, PriorityField, type Draft } from './form';
import { useNotices } from './Notices';
import type { Problem } from './problems';
import { CreateDialog } from './TaskDialog';

/** Under which name the tab's storage has what is typed. */
export const DRAFT = 'tasks-board-draft';

/** Returns what was typed before a reload. */
function storedDraft(): Draft {
  return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(DRAFT) ?? '{}') as Partial<Draft>) };
}

export function QuickAdd() {
  const { create } = useActions();
  const { announce } = useNotices();
  const [draft, setDraft] = useState(storedDraft);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isDialogOpen, setDialogOpen] = useState(false);

  useEffect(() => sessionStorage.setItem(DRAFT, JSON.stringify(draft)), [draft]);

  async function send(sent: Draft): Promise<Problem | null> {
    setProblem(null);
    const refused = await create(detailsOf(sent));
    if (!refused) {
      announce(`${quoted(sent.title)} was added to Pending.`);
      return null;
    }
    setProblem(refused);
    setDraft((typed) => (isEmpty(typed) ? sent : typed));
    return refused;
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    setDraft(EMPTY);
    void send(draft);
  }

  return (
    <form className="quick-add" onSubmit={submit} aria-label="New task">
      <label className="quick-title">
        <span className="for-screen-readers">Title</span>
        <Plus size={18} aria-hidden="true" />
        <input
          id="new-task"
          dir="auto"
          value={draft.title}
          placeholder="Add a task and press Enter"
          aria-invalid={problem?.field?.endsWith('title') ?? false}
          aria-describedby="new-task-problem"
          onChange={(event) => setDraft({ ...draft, title: event.target.value })}
          required
        />
      </label>
      <DueField draft={draft} onChange={setDraft} />
      <PriorityField draft={draft} onChange={setDraft} />
      <button type="button" className="icon-button" title="Description and labels" aria-label="More details" onClick={() => setDialogOpen(true)}><ListPlus size={18} aria-hidden="true" /></button>
      <button className="primary" aria-label="Add task">Add</button>
      <p id="new-task-problem" className="problem" role="alert">{problem?.text}</p>
      {isDialogOpen && <CreateDialog draft={draft} onChange={setDraft} onSave={send} onClose={() => setDialogOpen(false)} />}
    </form>
  );
}
