// The history of a task, which is read when its dialog opens.
import { useCallback, useState } from 'react';
import { taskHistory, type TaskEvent } from 'tasks-api-client';
import { eventWords, useActor } from './events';
import { problemOf } from './problems';
import { useClient, useReading, type Task } from './tasks';
import { When } from './When';

export function History({ task: { id } }: { task: Task }) {
  const client = useClient();
  const [events, setEvents] = useState<TaskEvent[]>([]);
  const [error, setError] = useState<unknown>(null);

  useReading(useCallback((signal: AbortSignal) => {
    void taskHistory(client, id, { signal }).then(
      (latest) => {
        setError(null);
        setEvents(latest);
      },
      (fault: unknown) => signal.aborted || setError(fault),
    );
  }, [client, id]));

  return (
    <section className="history" aria-labelledby="history-title">
      <h3 id="history-title">History</h3>
      {error !== null && <p className="problem">{problemOf(error).text}</p>}
      <ol>{events.map((event) => <Entry key={event.id} event={event} />)}</ol>
    </section>
  );
}

function Entry({ event }: { event: TaskEvent }) {
  const actor = useActor(event.by);
  return (
    <li>
      <span>{eventWords(event)}</span>
      <small>{actor && <>by <bdi>{actor}</bdi>, </>}<When at={event.timestamp} /></small>
    </li>
  );
}
