// What happened to all tasks of the board's owner, the latest first.
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { taskEvents, type TaskEventPage } from 'tasks-api-client';
import { eventWords } from './History';
import { problemOf } from './problems';
import { useClient, useStore } from './tasks';
import { useUi } from './ui';
import { When } from './When';

const SETTLED = 400; // milliseconds without another change, after which the latest page is read again
const PAGE = 30;

export function Activity({ owner, onClose }: { owner: string; onClose: () => void }) {
  const { page, error, more } = useEvents(owner);
  const store = useStore();
  const { open } = useUi();

  return (
    <aside className="panel" aria-label="Activity">
      <header>
        <h2>Activity</h2>
        <button type="button" className="icon-button" aria-label="Close the activity" onClick={onClose}><X size={18} aria-hidden="true" /></button>
      </header>
      <div className="panel-body">
        {error !== null && <p className="problem" role="alert">{problemOf(error).text}</p>}
        {page?.items.length === 0 && <p className="empty">What happens to the tasks shows here.</p>}
        <ol className="events">
          {page?.items.map(({ id, taskId, type, status, timestamp }) => {
            const task = store.get(taskId);
            return (
              <li key={id}>
                <span className={`dot ${status}`} aria-hidden="true" />
                <span>
                  {task ? <button type="button" className="link" onClick={() => open(task)}><bdi>{task.title}</bdi></button> : <em>A deleted task</em>}
                  <small>{eventWords(type, status)}, <When at={timestamp} /></small>
                </span>
              </li>
            );
          })}
        </ol>
        {page?.nextToken && <button type="button" className="quiet" onClick={more}>Earlier</button>}
      </div>
    </aside>
  );
}

/** Returns the events, which are read again after changes, and a function that reads earlier ones. */
function useEvents(owner: string) {
  const client = useClient();
  const store = useStore();
  const [page, setPage] = useState<TaskEventPage | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () =>
      void taskEvents(client, { userId: owner, limit: PAGE }, { signal: abort.signal }).then(
        (latest) => {
          setError(null);
          setPage((shown) => withEarlier(latest, shown));
        },
        (fault: unknown) => abort.signal.aborted || setError(fault),
      );
    read();
    const forget = store.onChange(() => {
      clearTimeout(timer);
      timer = setTimeout(read, SETTLED);
    });
    return () => {
      abort.abort();
      clearTimeout(timer);
      forget();
    };
  }, [client, store, owner]);

  function more(): void {
    void taskEvents(client, { userId: owner, limit: PAGE, nextToken: page?.nextToken ?? null }).then(
      (earlier) => setPage((shown) => ({ items: merged(shown?.items ?? [], earlier.items), nextToken: earlier.nextToken })),
      setError,
    );
  }

  return { page, error, more };
}

type Events = TaskEventPage['items'];

const merged = (later: Events, earlier: Events): Events => [...later, ...earlier.filter(({ id }) => !later.some((event) => event.id === id))];

/** Keeps the earlier pages that are shown, if the latest page leaves no gap. */
function withEarlier(latest: TaskEventPage, shown: TaskEventPage | null): TaskEventPage {
  const overlaps = shown?.items.some(({ id }) => latest.items.some((event) => event.id === id));
  return overlaps ? { items: merged(latest.items, shown!.items), nextToken: shown!.nextToken } : latest;
}
