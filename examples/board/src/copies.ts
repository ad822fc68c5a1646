// An exchange with the API as somebody would write it: for a terminal, with the repository's client, with Apollo Client.
import type { Exchange } from './network';

/** Returns the document without the indentation that the code generator leaves before fragments. */
export const tidy = (document: string): string => document.trim().replace(/\n\s+fragment /g, '\n\nfragment ');

const indented = (text: string, spaces: number): string => text.trim().replaceAll('\n', `\n${' '.repeat(spaces)}`);
const withoutEmpty = (variables: Exchange['variables']): Exchange['variables'] => Object.fromEntries(Object.entries(variables).filter(([, value]) => value != null));
const inQuotes = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const json = (value: unknown, spaces: number): string => indented(JSON.stringify(value, null, 2), spaces);

/** The token is not in the text, which people paste into chats: `$TOKEN` has it. */
export function asCurl({ document, variables }: Exchange, url: string): string {
  return [
    `curl -s ${inQuotes(url)}`,
    `-H "Authorization: $TOKEN"`,
    `-H 'content-type: application/json'`,
    `-d ${inQuotes(JSON.stringify({ query: tidy(document), variables: withoutEmpty(variables) }))}`,
  ].join(' \\\n  ');
}

/** The client's function has the operation's name. Its arguments are the variables in their order. */
const ARGUMENTS: Record<string, readonly string[]> = { id: ['id', 'expectedVersion'], input: ['input'] };

export function asClient({ name, document, variables }: Exchange): string {
  const given = withoutEmpty(variables);
  const [first = ''] = Object.keys(given);
  const order = ARGUMENTS[first];
  if (!order || Object.keys(given).some((key) => !order.includes(key))) {
    return `await client.send(\`\n  ${indented(tidy(document), 2)}\n\`, ${json(given, 0)});`;
  }
  const operation = name.charAt(0).toLowerCase() + name.slice(1);
  const values = order.filter((key) => key in given).map((key) => json(given[key], 0));
  return `import { ${operation} } from 'tasks-api-client';\n\nawait ${operation}(client, ${values.join(', ')});`;
}

export function asApollo({ kind, document, variables }: Exchange): string {
  const [method, option] = kind === 'mutation' ? ['mutate', 'mutation'] : ['query', 'query'];
  return `await client.${method}({\n  ${option}: gql\`\n    ${indented(tidy(document), 4)}\n  \`,\n  variables: ${json(withoutEmpty(variables), 2)},\n});`;
}
