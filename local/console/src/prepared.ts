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
    variables: variablesOf(query, { alice: alice?.sub, other: `task-${crypto.randomUUID()}` }),
  }));
  return tabs.filter(({ caller }) => known.has(caller));
}

/** Returns the values of the variables that the query names, as JSON. */
function variablesOf(query: string, values: Record<string, string | undefined>): string {
  const named = Object.entries(values).filter(([name]) => query.includes(`$${name}:`));
  return named.length > 0 ? JSON.stringify(Object.fromEntries(named), null, 2) : '';
}
