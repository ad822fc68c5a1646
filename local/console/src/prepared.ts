// The prepared tabs, in the order in which running them tells the story. `tabs/` has a file for each; GraphiQL shows
// the name of its operation. Its first line says who calls.
import type { Config } from './config';

export interface Prepared {
  operation: string;
  /** The name of the caller. */
  caller: string;
  query: string;
  variables: string;
}

const FILES = import.meta.glob<string>('./tabs/*.graphql', { query: '?raw', import: 'default', eager: true });
const CALLER = /^# Run as ([\w ]+)/;

/** Returns the tabs whose caller the stack knows. */
export function preparedTabs({ users = [], ...config }: Config): Prepared[] {
  const alice = users.find(({ username }) => username === 'alice');
  const known = new Set(users.map(({ username }) => username));
  if (config.apiKey) known.add('API key');
  if (config.signing) known.add('IAM');
  const tabs = Object.entries(FILES).toSorted(([one], [other]) => one.localeCompare(other)).map(([, query]) => ({
    operation: /(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? '',
    caller: CALLER.exec(query)?.[1] ?? '',
    query,
    variables: query.includes('$alice') ? JSON.stringify({ alice: alice?.sub }, null, 2) : '',
  }));
  return tabs.filter(({ caller }) => known.has(caller));
}
