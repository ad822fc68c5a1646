// The configuration of the board's stack. Between the local stack and AWS, only the values of the file differ.

export interface Config {
  /** The URL of the API, absolute or relative to the page. */
  graphqlUrl: string;
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** The endpoint of Cognito; absent on AWS. */
  userPoolEndpoint?: string;
  /** Demo users of the local stack, with whom the form is filled in. */
  users: { username: string; password: string; sub: string }[];
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const config = (await answer.json()) as Config;
  return { ...config, users: config.users ?? [], graphqlUrl: new URL(config.graphqlUrl, location.href).href };
}
