// Follows every change of a user's tasks without gaps, because the board is read again after each (re)connect.
import { ApolloLink, type ApolloClient } from '@apollo/client';
import { CONTROL_EVENTS_KEY } from 'aws-appsync-subscription-link';
import { tap } from 'rxjs';
import { TaskChangedDocument, type TaskChangedSubscription } from './gql/graphql';

export type Connection = 'connecting' | 'live' | 'offline';
export type Change = NonNullable<TaskChangedSubscription['onTaskChanged']>;

// Times are in milliseconds.
const LONGEST_WAIT = 5_000; // between two attempts
const ACK_WITHIN = 20_000;
const SECOND_LOOK = 3_000; // AWS may still miss events for a moment after it acknowledged the subscription
const SOCKET_CLOSES = 1_200; // the link keeps an unused socket for a second, and would reuse a dead socket

interface Listener {
  onConnection: (connection: Connection) => void;
  onChange: (change: Change) => void;
}

/** Calls a subscription's `onAcknowledged` when it runs. AWS's link reports this in a message that Apollo hides. */
export const acknowledgements = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ extensions }) => {
      if (extensions?.['controlMsgType'] === 'CONNECTED') operation.getContext()['onAcknowledged']?.();
    }),
  ),
);

/** Starts to follow the changes. Returns a function that stops. */
export function follow(client: ApolloClient, userId: string, { onConnection, onChange }: Listener): () => void {
  let attempts = 0;
  let round = 0; // an older attempt ends when a newer one begins
  let timer = setTimeout(subscribe);
  let running: { unsubscribe: () => void } | undefined;

  const readAgain = () => client.refetchQueries({ include: 'active' });

  function subscribe(): void {
    running?.unsubscribe();
    timer = setTimeout(reconnect, ACK_WITHIN);
    running = client
      .subscribe({
        query: TaskChangedDocument,
        variables: { userId },
        fetchPolicy: 'no-cache',
        context: { controlMessages: { [CONTROL_EVENTS_KEY]: true }, onAcknowledged: connected },
      })
      .subscribe({
        next: ({ data, error }) => {
          if (error) reconnect();
          else if (data?.onTaskChanged) onChange(data.onTaskChanged);
        },
        error: reconnect,
        complete: reconnect,
      });
  }

  function connected(): void {
    attempts = 0;
    clearTimeout(timer);
    timer = setTimeout(look, SECOND_LOOK);
    onConnection('live');
    look();
  }

  function look(): void {
    readAgain().catch(reconnect);
  }

  function reconnect(): void {
    pause();
    const wait = Math.max(SOCKET_CLOSES, Math.min(LONGEST_WAIT, 500 * 2 ** attempts++));
    timer = setTimeout(() => void attempt(round), wait);
  }

  async function attempt(mine: number): Promise<void> {
    const answers = await readAgain().then(() => true, () => false); // while the query fails, no server is reachable
    if (mine !== round) return;
    if (answers) subscribe();
    else reconnect();
  }

  function pause(): void {
    onConnection('offline');
    end();
  }

  function end(): void {
    round++;
    clearTimeout(timer);
    running?.unsubscribe();
    running = undefined;
  }

  const backInView = () => document.visibilityState === 'visible' && running && look();
  const online = () => {
    attempts = 0;
    reconnect();
  };
  window.addEventListener('offline', pause);
  window.addEventListener('online', online);
  document.addEventListener('visibilitychange', backInView);
  return () => {
    window.removeEventListener('offline', pause);
    window.removeEventListener('online', online);
    document.removeEventListener('visibilitychange', backInView);
    end();
  };
}
