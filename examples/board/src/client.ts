// Creates Apollo Client with AppSync's links. A request passes the links from the first to the last, and its answer in
// reverse.
import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { AUTH_TYPE, createAuthLink, type AuthOptions } from 'aws-appsync-auth-link';
import { createSubscriptionHandshakeLink } from 'aws-appsync-subscription-link';
import { firstValueFrom, from, switchMap } from 'rxjs';
import { createCache } from './cache';
import type { Config } from './config';
import { acknowledgements } from './live';
import { newestOnly } from './newest';
import { problemOf } from './problems';
import { accessToken } from './session';

const KEEP_ALIVE = 90_000; // milliseconds; AppSync sends a keep-alive every minute

// AWS's links never answer without a token (aws-appsync-auth-link 4.0.2). This link requests the token first, which
// gives an error.
const withToken = new ApolloLink((operation, forward) => from(accessToken()).pipe(switchMap(() => forward(operation))));

// A change expects the version that the change before it leaves. A fast user makes the second before the first is answered.
let before: Promise<unknown> = Promise.resolve();
const oneByOne = new ApolloLink((operation, forward) => {
  if (operation.operationType !== 'mutation') return forward(operation);
  const answer = before.then(() => firstValueFrom(forward(operation)));
  before = answer.catch(() => undefined);
  return from(answer);
});

export function createClient({ graphqlUrl: url, region }: Config, onSessionEnd: () => void): ApolloClient {
  const cache = createCache();
  const auth: AuthOptions = { type: AUTH_TYPE.AMAZON_COGNITO_USER_POOLS, jwtToken: accessToken };
  return new ApolloClient({
    cache,
    link: ApolloLink.from([
      new ErrorLink(({ error }) => {
        if (problemOf(error).kind === 'Session') onSessionEnd();
      }),
      newestOnly(cache),
      oneByOne,
      acknowledgements,
      withToken,
      createAuthLink({ url, region, auth }),
      createSubscriptionHandshakeLink({ url, region, auth, keepAliveTimeoutMs: KEEP_ALIVE }, new HttpLink({ uri: url })),
    ]),
  });
}
