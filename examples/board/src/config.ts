// What the board needs to know of a stack. From the local stack to AWS, only the file's values change.

export interface Config {
  /** Absolute, or relative to the page. */
  graphqlUrl: string;
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** Where Cognito is, unless it is AWS's own. */
  userPoolEndpoint?: string;
  /** Demo users of the local stack, for whom the form is filled in. */
  users?: { username: string; password: string; sub: string }[];
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('config.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  const config = (await answer.json()) as Config;
  return { ...config, graphqlUrl: new URL(config.graphqlUrl, location.href).href };
}
