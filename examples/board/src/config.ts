// The configuration of the board's stack. Between the local stack and AWS, only the values of the file differ.

export interface Person {
  username: string;
  /** The `userId` of the API. */
  sub: string;
  /** Known for the demo users of the local stack, with whom the form is filled in. */
  password?: string;
}

export interface Config {
  /** The URL of the API, absolute or relative to the page. */
  graphqlUrl: string;
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** The endpoint of Cognito; absent on AWS. */
  userPoolEndpoint?: string;
  /** The people whom an administrator can choose by name. */
  users: Person[];
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const config = (await answer.json()) as Config;
  return { ...config, users: config.users ?? [], graphqlUrl: new URL(config.graphqlUrl, location.href).href };
}

/** Whether the API runs on the reader's own machine, so that `make up` is advice and not a riddle. */
export const isLocal = ({ userPoolEndpoint }: Config): boolean => userPoolEndpoint !== undefined;
