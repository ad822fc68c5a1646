// Sends what GraphiQL runs as the caller of its tab: queries and mutations over HTTP, subscriptions to `live`.
import type { GraphiQLProps } from 'graphiql';
import { getOperationAST, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import type { Caller } from './callers';
import { listen } from './live';
import { Refused } from './realtime';

export interface Source {
  tab: string;
  caller: Caller;
}

const NO_TASK = 'Which task? Run the tab CreateTask first, or write {"id": "…"} under Variables.';
const CREATED = /"id":\s*"(task-[\w-]+)"/;

/** Returns a fetcher. `source` returns the tab that runs, and its caller. */
export function fetcherOf(graphqlUrl: URL, source: () => Source): GraphiQLProps['fetcher'] {
  let createdLast: string | undefined;

  const run: GraphiQLProps['fetcher'] = async ({ query, operationName, variables }, { headers = {} } = {}) => {
    const { tab, caller } = source();
    const operation = operationOf(query, operationName);
    const name = operation?.name?.value;
    const given = { ...variables };
    if (operation && given.id === undefined && wantsTask(operation)) {
      if (!createdLast) throw new Error(NO_TASK);
      given.id = createdLast;
    }
    const sent = { query, ...(name && { operationName: name }), ...(Object.keys(given).length && { variables: given }) };
    if (operation?.operation === 'subscription') {
      await listen(tab, name ?? 'A subscription', graphqlUrl, caller, headers, sent);
      return { listening: `${name ?? 'The subscription'} listens as ${caller.label}. Its events appear below, until you stop it there.` } as ExecutionResult;
    }
    const body = JSON.stringify(sent);
    const authorization = await caller.authorize(graphqlUrl, body);
    const answer = await fetch(graphqlUrl, { method: 'POST', headers: { 'content-type': 'application/json', ...authorization, ...headers }, body });
    const text = await answer.text();
    const creation = operation?.operation === 'mutation' && query.includes('createTask') ? CREATED.exec(text)?.[1] : undefined;
    createdLast = creation ?? createdLast;
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`The API answered HTTP ${answer.status}: ${text.slice(0, 200)}`);
    }
  };
  // GraphiQL would show an error with its stack.
  return (params, options) => run(params, options).catch((fault: Error) => {
    const errors = fault instanceof Refused ? fault.errors : [{ message: fault.message }];
    return { errors } as unknown as ExecutionResult;
  });
}

/** Returns the named operation. A name that is still the one of the tab before counts as none. */
function operationOf(query: string, name?: string | null): OperationDefinitionNode | null | undefined {
  try {
    const document = parse(query);
    return getOperationAST(document, name) ?? getOperationAST(document);
  } catch {
    return undefined; // the API says what is wrong with it
  }
}

/** Whether the operation declares `$id: ID!`. */
function wantsTask({ variableDefinitions = [] }: OperationDefinitionNode): boolean {
  return variableDefinitions.some(({ variable, type }) => variable.name.value === 'id' && type.kind === 'NonNullType');
}
