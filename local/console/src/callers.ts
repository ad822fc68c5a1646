// Who a request comes from. Each caller proves it in one of AppSync's ways, for queries and subscriptions alike.
import type { Config, DemoUser } from './config';
import { signed } from './signing';

export interface Caller {
  name: string;
  /** What the choice shows. */
  label: string;
  /** Returns the headers that authorize a POST request of this body. Throws if the caller cannot sign in. */
  authorize(url: URL, body: string): Promise<Record<string, string>>;
}

/** Returns the callers that the stack knows. The last one sends only the headers that the person writes. */
export function callersOf(config: Config): Caller[] {
  const { apiKey, signing, users = [] } = config;
  return [
    ...(apiKey ? [{ name: 'API key', label: 'API key', authorize: async () => ({ 'x-api-key': apiKey }) }] : []),
    ...users.map((user) => demoUser(config, user)),
    ...(signing
      ? [{ name: 'IAM', label: 'IAM', authorize: (url: URL, body: string) => signed(signing, config.region, url, body) }]
      : []),
    { name: 'headers', label: 'headers only', authorize: async () => ({}) },
  ];
}

function demoUser(config: Config, user: DemoUser): Caller {
  let session: Promise<Session> | undefined;
  const role = user.groups.length ? ` (${user.groups.join(', ')})` : '';
  return {
    name: user.username,
    label: user.username + role,
    async authorize() {
      const current = await session?.catch(() => undefined);
      if (!current || current.expires < Date.now()) session = signIn(config, user);
      return { authorization: (await session!).token };
    },
  };
}

interface Session {
  token: string;
  /** Milliseconds since 1970. */
  expires: number;
}

const MARGIN = 60_000; // milliseconds before its end in which a token is renewed

/** Signs in by Amazon Cognito's InitiateAuth, with the password that the local stack gives its demo users. */
async function signIn(config: Config, { username, password }: DemoUser): Promise<Session> {
  const answer = await fetch(config.userPoolEndpoint ?? `https://cognito-idp.${config.region}.amazonaws.com`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      ClientId: config.userPoolClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  }).catch(() => {
    throw new Error(`${username} could not be signed in: the user pool cannot be reached.`);
  });
  const text = await answer.text();
  const { AuthenticationResult: tokens, ...problem } = answerOf(text);
  // Services write the name of this key in either case; what stands before them may answer with plain text.
  if (!tokens) throw new Error(`${username} could not be signed in: ${problem.message ?? problem.Message ?? text.slice(0, 200)}`);
  return { token: tokens.AccessToken, expires: Date.now() + tokens.ExpiresIn * 1000 - MARGIN };
}

interface Answer {
  AuthenticationResult?: { AccessToken: string; ExpiresIn: number };
  message?: string;
  Message?: string;
}

function answerOf(text: string): Answer {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
