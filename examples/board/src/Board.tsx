// The live board of a user's tasks.
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { debounceTime, tap } from 'rxjs';
import { COLUMNS, columnOf, place, type Task } from './cache';
import { Column } from './Column';
import type { Config } from './config';
import { CreateForm } from './CreateForm';
import { EditDialog } from './EditDialog';
import { StatisticsDocument } from './gql/graphql';
import { follow, type Change, type Connection } from './live';
import { useNotices } from './Notices';
import { Owner } from './Owner';
import type { User } from './session';

const SETTLED = 200; // milliseconds without another event

const CONNECTIONS: Record<Connection, string> = { connecting: 'Connecting …', live: 'Live', offline: 'Not connected' };

export function Board({ config, user, onSignOut }: { config: Config; user: User; onSignOut: () => void }) {
  const [owner, setOwner] = useState(user.id);
  const [editing, setEditing] = useState<Task | null>(null);
  const connection = useLiveTasks(owner);
  const { data } = useQuery(StatisticsDocument, { variables: { userId: owner } });

  return (
    <>
      <header>
        <h1>Task board</h1>
        <p className={`connection ${connection}`}>{CONNECTIONS[connection]}</p>
        {user.isAdmin && <Owner config={config} onChoose={setOwner} />}
        <p>{user.username}</p>
        <button type="button" onClick={onSignOut}>Sign out</button>
      </header>
      <output>
        {connection === 'offline' && (
          <p className="offline">
            No connection. The board shows what it last knew and catches up by itself; on your own machine, check that
            `make up` runs.
          </p>
        )}
      </output>
      <main>
        <CreateForm userId={owner} />
        <div className="columns">
          {COLUMNS.map((column) => (
            <Column
              key={`${owner} ${column.status}`}
              userId={owner}
              column={column}
              count={data?.taskStatistics?.[column.count]}
              onEdit={setEditing}
            />
          ))}
        </div>
      </main>
      {editing && (
        <EditDialog
          key={`${editing.id} ${editing.version}`}
          task={editing}
          // The browser reports a moment later that a dialog closed. By then another dialog may be open.
          onClose={() => setEditing((open) => (open === editing ? null : open))}
        />
      )}
    </>
  );
}

/**
 * Puts each change into its column and announces it. Reads counts and histories again when no further change follows,
 * because they are up to date only when the event arrives.
 */
function useLiveTasks(userId: string): Connection {
  const client = useApolloClient();
  const { announce } = useNotices();
  const [connection, setConnection] = useState<Connection>('connecting');

  useEffect(() => {
    function show({ event, task, isNews }: Change): void {
      place(client.cache, task, { gone: event === 'DELETED' });
      if (isNews) announce(wordsOf(event, task));
    }
    const changes = follow(client, userId, setConnection).pipe(tap(show), debounceTime(SETTLED));
    const subscription = changes.subscribe(() => {
      for (const query of client.getObservableQueries()) {
        if (query.queryName === 'Statistics' || query.queryName === 'History') void query.refetch();
      }
    });
    return () => subscription.unsubscribe();
  }, [client, userId, announce]);

  return connection;
}

function wordsOf(event: Change['event'], { title, status }: Task): string {
  if (event === 'DELETED') return `“${title}” was deleted.`;
  if (event === 'UPDATED') return `“${title}” has a new text.`;
  return event === 'CREATED' ? `“${title}” is new in ${columnOf(status)}.` : `“${title}” moved to ${columnOf(status)}.`;
}
