// Whether the board is live, and a switch for demonstrations: a slow network, none, and a second person.
import * as Popover from '@radix-ui/react-popover';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { usePending, useStoreStatus } from 'tasks-api-client/react';
import type { StoreStatus, TaskStore } from 'tasks-api-client/sync';
import type { Config } from './config';
import { sizeOf } from './Inspector';
import type { Exchange, Mode, Network } from './network';
import type { User } from './session';
import { useClient } from './tasks';

const CONNECTIONS: Record<StoreStatus, string> = {
  connecting: 'Connecting …',
  live: 'Live',
  failing: 'Not up to date',
  offline: 'Not connected',
  over: 'Signed out',
  refused: 'Not allowed',
};
const MODES: Record<Mode, string> = { online: 'Online', slow: 'Slow', offline: 'Offline' };

interface Props {
  store: TaskStore;
  network: Network;
  config: Config;
  user: User;
}

export function Status({ store, network, config, user }: Props) {
  const client = useClient();
  const connection = useStoreStatus(store);
  const waiting = usePending(store);
  const mode = useSyncExternalStore(network.subscribe, network.mode);
  const caughtUp = useCatchUp(connection, waiting, network);

  function choose(next: Mode): void {
    network.setMode(next);
    if (next !== 'offline') client.wake();
  }

  return (
    <Popover.Root>
      <Popover.Trigger className={`chip-button connection ${connection}`} aria-label={`Connection: ${CONNECTIONS[connection]}${waiting > 0 ? `, ${waiting} waiting` : ''}`}>
        <span aria-hidden="true" className="lamp" />
        <span className="words">{CONNECTIONS[connection]}</span>
        {waiting > 0 && <span className="waiting-count">{waiting} waiting</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover status-picker" align="end" sideOffset={6} collisionPadding={8} aria-label="Connection">
          <fieldset className="segments">
            <legend>Try the network</legend>
            {(Object.keys(MODES) as Mode[]).map((name) => (
              <label key={name}><input type="radio" name="network" checked={mode === name} onChange={() => choose(name)} /> <span>{MODES[name]}</span></label>
            ))}
          </fieldset>
          <p>{waiting === 0 ? 'Everything is stored.' : `${waiting} ${waiting === 1 ? 'change waits' : 'changes wait'} to be stored.`}</p>
          {caughtUp && <p>Last catch-up: {caughtUp.reads} {caughtUp.reads === 1 ? 'read' : 'reads'}, {sizeOf(caughtUp.bytes)}; {caughtUp.writes} {caughtUp.writes === 1 ? 'change' : 'changes'} sent.</p>}
          <hr />
          <p>A second person in a window of its own, which has a session of its own:</p>
          <div className="choices">
            {(config.users.length > 0 ? config.users.filter(({ sub }) => sub !== user.id) : [{ username: 'Somebody else', sub: '' }]).map(({ username, sub }) => (
              <button key={username} type="button" onClick={() => openWindow(sub && username)}>{username}</button>
            ))}
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Opens the board for somebody else. Without `noopener`, the new window would begin with a copy of this session. */
function openWindow(username: string): void {
  const { availWidth, availHeight } = screen;
  const size = `width=${Math.round(availWidth / 2)},height=${availHeight},left=${Math.round(availWidth / 2)}`;
  window.open(`${location.pathname}#as=${encodeURIComponent(username)}`, '_blank', `noopener,popup,${size}`);
}

interface CatchUp {
  reads: number;
  writes: number;
  bytes: number;
}

const READS = ['TaskChanges', 'TasksByUser', 'Task'];

/** Returns what the latest return of the connection took until everything was read and stored. */
function useCatchUp(connection: StoreStatus, waiting: number, network: Network): CatchUp | null {
  const [caughtUp, setCaughtUp] = useState<CatchUp | null>(null);
  const lostAt = useRef<number | null>(null);

  useEffect(() => {
    const latest = network.exchanges()[0]?.id ?? 0;
    if (connection === 'offline') lostAt.current ??= latest;
    if (connection !== 'live' || waiting > 0 || lostAt.current === null) return;
    const since = network.exchanges().filter(({ id, failed }) => id > lostAt.current! && !failed);
    lostAt.current = null;
    const reads = since.filter(({ name }) => READS.includes(name));
    const sum = (exchanges: readonly Exchange[]) => exchanges.reduce((bytes, exchange) => bytes + (exchange.bytes ?? 0), 0);
    setCaughtUp({ reads: reads.length, writes: since.length - reads.length, bytes: sum(reads) });
  }, [connection, waiting, network]);

  return caughtUp;
}
