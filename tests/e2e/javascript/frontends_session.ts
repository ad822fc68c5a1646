// Stands in for the module `session.ts` of examples/frontends, with a session that the scenarios control, for Amplify too.
import { Amplify } from 'aws-amplify';

export class SessionOver extends Error {
  override name = 'SessionOver';
}

export const session = {
  token: 'token-1' as string | null,
  isOnline: true,
  /** How often a token was requested. */
  attempts: 0,
  /** Configures Amplify for the API. In upper case, Amplify does not replace the scheme by that of TLS. */
  set url(url: string) {
    const endpoint = url.replace('http:', 'HTTP:');
    Amplify.configure(
      { API: { GraphQL: { endpoint, region: 'us-east-1', defaultAuthMode: 'userPool' } } },
      { Auth: { tokenProvider: { getTokens } } },
    );
  },
};

async function token(): Promise<string | null> {
  session.attempts += 1;
  if (!session.isOnline) throw new Error('NetworkError');
  return session.token;
}

async function getTokens() {
  const current = await token();
  return current ? { accessToken: { payload: {}, toString: () => current } } : null;
}

export async function accessToken(): Promise<string> {
  const current = await token();
  if (!current) throw new SessionOver('Sign in again.');
  return current;
}
