// The live board of a user's tasks.
import { useState } from 'react';
import type { TaskChange } from 'tasks-api-client';
import { useStoreStatus } from 'tasks-api-client/react';
import type { StoreStatus, TaskStore } from 'tasks-api-client/sync';
import { Column } from './Column';
import type { Config } from './config';
import { CreateForm } from './CreateForm';
import { EditDialog } from './EditDialog';
import { useNotices } from './Notices';
import { Owner } from './Owner';
import { problemOf } from './problems';
import type { User } from './session';
import { COLUMNS, columnOf, StoreContext, useOpenTasks, type Task } from './tasks';

const CONNECTIONS: Record<StoreStatus, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  offline: 'Not connected',
  over: 'Signed out',
  refused: 'Not allowed',
};

export function Board({ config, user, onSignOut }: { config: Config; user: User; onSignOut: () => void }) {
  const [owner, setOwner] = useState(user.id);
  const { announce, show } = useNotices();
  const store = useOpenTasks(owner, {
    onNews: (change) => announce(wordsOf(change)),
    onRefusal: ({ change, error, isOfEarlierVisit }) => {
      if (!isOfEarlierVisit) return; // whoever made the change is told
      const title = 'seen' in change ? change.seen.title : change.details.title;
      show({ text: `A change of “${title}” from an earlier visit was not saved. ${problemOf(error).text}` });
    },
  });

  if (!store) return <output className="alone">Loading …</output>;
  return (
    <StoreContext value={store}>
      <Columns key={owner} store={store} config={config} user={user} owner={owner} onChoose={setOwner} onSignOut={onSignOut} />
    </StoreContext>
  );
}

interface Props {
  store: TaskStore;
  config: Config;
  user: User;
  owner: string;
  onChoose: (owner: string) => void;
  onSignOut: () => void;
}

function Columns({ store, config, user, owner, onChoose, onSignOut }: Props) {
  const [editing, setEditing] = useState<Task | null>(null);
  const connection = useStoreStatus(store);

  return (
    <>
      <header>
        <h1>Task board</h1>
        <p className={`connection ${connection}`}>{CONNECTIONS[connection]}</p>
        {user.isAdmin && <Owner config={config} onChoose={onChoose} />}
        <p>{user.username}</p>
        <button type="button" onClick={onSignOut}>Sign out</button>
      </header>
      <output>
        {connection === 'offline' && (
          <p className="offline">
            No connection. The board shows what it last knew, keeps what you change, and catches up by itself; on your own
            machine, check that `make up` runs.
          </p>
        )}
      </output>
      <main>
        <CreateForm />
        <div className="columns">
          {COLUMNS.map((column) => (
            <Column
              key={`${owner} ${column.status}`}
              column={column}
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

function wordsOf({ event, task: { title, status } }: TaskChange): string {
  if (event === 'DELETED') return `“${title}” was deleted.`;
  if (event === 'UPDATED') return `“${title}” has a new text.`;
  return event === 'CREATED' ? `“${title}” is new in ${columnOf(status)}.` : `“${title}” moved to ${columnOf(status)}.`;
}
