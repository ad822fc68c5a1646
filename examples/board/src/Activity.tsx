// What happened to all tasks of the board's owner, the latest first.
import { X } from 'lucide-react';
import { useCallback, useState } from 'react';
import { taskEvents, type TaskEvent, type TaskEventPage } from 'tasks-api-client';
import { Avatar, eventWords, useActor } from './events';
import { problemOf } from './problems';
import { useClient, useReading, useTask } from './tasks';
import { useUi } from './ui';
import { When } from './When';

const PAGE = 30;

export function Activity({ owner, onClose }: { owner: string; onClose: () => void }) {
  const { page, error, more } = useEvents(owner);

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
          {page && withoutTwins(page.items).map((event) => <Entry key={event.id} event={event} />)}
        </ol>
        {page?.nextToken && <button type="button" className="quiet" onClick={more}>Earlier</button>}
      </div>
    </aside>
  );
}

function Entry({ event }: { event: TaskEvent }) {
  const { taskId, status, timestamp, by } = event;
  const task = useTask(taskId);
  const { open } = useUi();
  const actor = useActor(by);
  return (
    <li>
      <Avatar by={by} />
      <div>
        {task ? <button type="button" className="link" onClick={() => open(task)}><bdi>{task.title}</bdi></button> : <em>A deleted task</em>}
        <p><span className={`dot ${status}`} aria-hidden="true" /> <span>{eventWords(event)}{actor && <> by <bdi>{actor}</bdi></>}</span></p>
      </div>
      <When at={timestamp} />
    </li>
  );
}

/** A completion and a reopening are also changes of the status: without those. */
const withoutTwins = (events: Events): Events => events.filter(({ type, taskId, version }) =>
  type !== 'STATUS_CHANGED' || !events.some((other) => other.type !== type && other.taskId === taskId && other.version === version));

/** Returns the events, which are read again after changes, and a function that reads earlier ones. */
function useEvents(owner: string) {
  const client = useClient();
  const [page, setPage] = useState<TaskEventPage | null>(null);
  const [error, setError] = useState<unknown>(null);

  useReading(useCallback((signal: AbortSignal) => {
    void taskEvents(client, { userId: owner, limit: PAGE }, { signal }).then(
      (latest) => {
        setError(null);
        setPage((shown) => withEarlier(latest, shown));
      },
      (fault: unknown) => signal.aborted || setError(fault),
    );
  }, [client, owner]));

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
