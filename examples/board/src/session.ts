// The signed-in user. Amplify signs in to Cognito by SRP, so that the password never leaves the page. The session belongs
// to the tab: another tab or window may act as somebody else, and neither notices the other.
import { confirmSignIn, fetchAuthSession, signIn, signOut, type SignInOutput } from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify, sessionStorage as storageOfTheTab } from '@aws-amplify/core';
import type { Config } from './config';

export { signOut };

const PATIENCE = 20_000; // milliseconds that Cognito may take to answer

export interface User {
  /** The `userId` of the API. */
  id: string;
  username: string;
  isAdmin: boolean;
}

export class SessionExpired extends Error {}

export function configureSessions({ userPoolId, userPoolClientId, userPoolEndpoint }: Config): void {
  const Cognito = { userPoolId, userPoolClientId, ...(userPoolEndpoint && { userPoolEndpoint }) };
  cognitoUserPoolsTokenProvider.setAuthConfig({ Cognito });
  cognitoUserPoolsTokenProvider.setKeyValueStorage(storageOfTheTab);
  Amplify.configure({ Auth: { Cognito } }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** Returns Amplify's answer. Throws a TimeoutError if Cognito does not answer, because Amplify waits forever. */
function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DOMException('Cognito does not answer.', 'TimeoutError')), PATIENCE);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Returns the user of this tab, or null. The session survives a reload. Tokens that expire soon are refreshed. */
export async function currentUser(): Promise<User | null> {
  const claims = (await inTime(fetchAuthSession())).tokens?.accessToken.payload;
  if (!claims?.sub) return null;
  const groups = claims['cognito:groups'];
  return {
    id: claims.sub,
    username: String(claims['username']),
    isAdmin: Array.isArray(groups) && groups.includes('admins'),
  };
}

/**
 * Returns a valid access token of the user, refreshed if necessary. Request a token for each request, and never store it.
 * Throws SessionExpired if the tab's session has ended or is somebody else's: nothing is ever sent as another user.
 */
export async function accessToken(userId: string, refresh: boolean): Promise<string> {
  const { tokens } = await inTime(fetchAuthSession({ forceRefresh: refresh }));
  if (tokens?.accessToken.payload.sub !== userId) throw new SessionExpired();
  return tokens.accessToken.toString();
}

export async function startSignIn(username: string, password: string): Promise<SignInOutput> {
  await inTime(signOut()); // removes the remains of an expired session
  return inTime(signIn({ username, password }));
}

export function continueSignIn(challengeResponse: string): Promise<SignInOutput> {
  return inTime(confirmSignIn({ challengeResponse }));
}
