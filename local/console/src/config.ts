/** The stack that the console calls: `config.json`, which `local/pages/console.py` writes. */
export interface Config {
  /** Relative to the page, or absolute for a deployed stage. */
  graphqlUrl: string;
  region: string;
  /** Names the browser storage, so that two deployments share neither tabs nor history. */
  userPoolId: string;
  userPoolClientId: string;
  /** Cognito's address of the local stack. */
  userPoolEndpoint?: string;
  apiKey?: string;
  users?: DemoUser[];
  signing?: SigningKeys;
}

export interface DemoUser {
  username: string;
  password: string;
  sub: string;
  groups: string[];
}

/** Keys that sign requests to AppSync in one region, each on one day. No other service and no other day accepts them. */
export interface SigningKeys {
  accessKeyId: string;
  sessionToken?: string;
  /** Hexadecimal keys by their day in UTC, such as `20261130`. */
  keysByDay: Record<string, string>;
}

const TOKEN = 'console-token';

/** Returns the configuration. A console of a deployed stage hands it out for the token of the printed URL. */
export async function loadConfig(): Promise<Config> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) sessionStorage.setItem(TOKEN, token);
  // No part of the URL reaches GraphiQL, so that a link can neither set an endpoint nor bring a query.
  if (location.hash || location.search) history.replaceState(null, '', location.pathname);
  const answer = await fetch('config.json', { headers: { [TOKEN]: sessionStorage.getItem(TOKEN) ?? '' } });
  if (answer.status === 403) throw new Error('Open the whole URL that `make console` printed: it carries a token.');
  if (!answer.ok) throw new Error(`The configuration of the console cannot be read (HTTP ${answer.status}).`);
  return (await answer.json()) as Config;
}
