import { Amplify } from "aws-amplify";
import { fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { region, tlsUrl, userPoolClientId, userPoolEndpoint, userPoolId } from "./config.js";

Amplify.configure({
  Auth: { Cognito: { userPoolId, userPoolClientId, ...(userPoolEndpoint && { userPoolEndpoint }) } },
  API: { GraphQL: { endpoint: tlsUrl, region, defaultAuthMode: "userPool" } },
});

export class SessionOver extends Error {}

/**
 * Throws SessionOver if the user must sign in again. Any other error means "not now": a laptop wakes before its Wi-Fi does.
 * `refresh`: the API refused the last token, although it has not expired by this clock.
 */
export async function accessToken(refresh = false): Promise<string> {
  const { tokens } = await fetchAuthSession({ forceRefresh: refresh });
  if (!tokens) throw new SessionOver("Sign in again.");
  return tokens.accessToken.toString();
}

export { signIn, signOut };
