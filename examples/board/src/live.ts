// Follows every change of a user's tasks without gaps, because the board is read again after each (re)connect.
import { ApolloLink, type ApolloClient } from '@apollo/client';
import { CONTROL_EVENTS_KEY } from 'aws-appsync-subscription-link';
import * as rx from 'rxjs';
import { StatisticsDocument, TaskChangedDocument, type TaskChangedSubscription } from './gql/graphql';

export type Connection = 'connecting' | 'live' | 'offline';
/** A change of a task. It is no news if an answer or another event told of it before. */
export type Change = NonNullable<TaskChangedSubscription['onTaskChanged']> & { isNews: boolean };

// Times are in milliseconds.
const PAUSE = 1_200; // before another attempt; the link keeps an unused socket for a second, and would reuse a dead socket
const LONGEST_PAUSE = 5_000;
const ACK_WITHIN = 20_000;
const SECOND_LOOK = 3_000; // AWS may still miss events for a moment after it acknowledged the subscription

const pause = (_fault: unknown, attempt: number) => rx.timer(Math.min(LONGEST_PAUSE, PAUSE * attempt));

/** Turns AWS's message that a subscription runs into a result without a change. Apollo hides results without data. */
export const acknowledgements = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    rx.map((result) => (result.extensions?.['controlMsgType'] === 'CONNECTED' ? { ...result, data: { onTaskChanged: null } } : result)),
  ),
);

/** Returns the changes. They go on after each lost connection, until the subscriber unsubscribes. */
export function follow(client: ApolloClient, userId: string, onConnection: (connection: Connection) => void): rx.Observable<Change> {
  const context = { controlMessages: { [CONTROL_EVENTS_KEY]: true } };
  let reading: Promise<unknown> = Promise.resolve();
  const readAgain = rx.defer(() => (reading = client.refetchQueries({ include: 'active' })));
  const catchUp = rx.timer(0, SECOND_LOOK).pipe(rx.take(2), rx.concatMap(() => readAgain), rx.ignoreElements());
  // The link tries for seconds before it reports that there is no server. This query, which the board sends anyway, fails
  // at once.
  const answered = rx.defer(() => client.query({ query: StatisticsDocument, variables: { userId } })).pipe(rx.ignoreElements());
  const lost = rx.throwError(() => new Error('The connection is lost.'));

  const changes = rx.defer(() => client.subscribe({ query: TaskChangedDocument, variables: { userId }, context })).pipe(
    rx.timeout({ first: ACK_WITHIN }),
    rx.mergeMap(({ data, error, extensions }) => {
      if (error) throw error;
      // What is being read may lack the change, and would remove it from its list.
      if (data?.onTaskChanged) {
        const change = { ...data.onTaskChanged, isNews: extensions?.['isNews'] === true };
        return reading.then(() => change, () => change);
      }
      onConnection('live');
      return rx.merge(rx.of(null), catchUp);
    }),
  );
  const backInView = rx.fromEvent(document, 'visibilitychange').pipe(
    rx.filter(() => !document.hidden),
    rx.switchMap(() => readAgain),
    rx.ignoreElements(),
  );
  const offline = rx.fromEvent(window, 'offline').pipe(rx.switchMap(() => lost));

  return rx.merge(rx.concat(changes, lost), answered, backInView, offline).pipe(
    rx.tap({ error: () => onConnection('offline') }),
    // While the query fails, no server is reachable.
    rx.retry({
      delay: (error, attempt) => pause(error, attempt).pipe(rx.switchMap(() => readAgain.pipe(rx.retry({ delay: pause })))),
      resetOnSuccess: true,
    }),
    rx.filter((change) => !!change),
    rx.subscribeOn(rx.asyncScheduler), // React's StrictMode unsubscribes at once, and subscribes again
  );
}
