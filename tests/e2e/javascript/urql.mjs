// Uses @urql/core 6 with AppSync's protocol in a forwardSubscription to subscribe, create, complete and receive the
// completion. argv[2] holds the settings as JSON; the script prints JSON.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { COMPLETE, COMPLETED, CREATE, TASK } from './documents.mjs';

const { graphqlUrl, apiKey, token, authMode, userId } = JSON.parse(process.argv[2]);

// Node has a global WebSocket since version 22; browsers always have one.
globalThis.WebSocket ??= (await import('ws')).WebSocket;

const headers = authMode === 'userPool' ? { Authorization: token } : { 'x-api-key': apiKey };
const authorization = { host: new URL(graphqlUrl).host, ...headers };
let acknowledged;
const registered = new Promise((resolve) => { acknowledged = resolve; });

const forwardSubscription = ({ query, variables }) => ({
  subscribe(sink) {
    const encoded = Buffer.from(JSON.stringify(authorization)).toString('base64url');
    const socket = new WebSocket(graphqlUrl.replace(/^http/, 'ws'), ['graphql-ws', `header-${encoded}`]);
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => send({ type: 'connection_init' });
    socket.onmessage = ({ data }) => {
      const { type, payload } = JSON.parse(data);
      const start = { data: JSON.stringify({ query, variables }), extensions: { authorization } };
      if (type === 'connection_ack') send({ id: '1', type: 'start', payload: start });
      if (type === 'start_ack') acknowledged();
      if (type === 'data') sink.next(payload);
      if (type === 'error' || type === 'connection_error') sink.error(payload.errors[0]);
    };
    return { unsubscribe: () => socket.close() };
  },
});
// The query uses GET, which is urql's default.
const methods = [];
const client = new Client({
  url: graphqlUrl,
  exchanges: [fetchExchange, subscriptionExchange({ forwardSubscription })],
  fetch: (url, options) => { methods.push(options.method); return fetch(url, options); },
  fetchOptions: { headers },
});

const event = new Promise((resolve, reject) => {
  client.subscription(COMPLETED, { userId }).subscribe(({ data, error }) => (data ? resolve(data) : reject(error)));
});
await Promise.race([registered, event]);

const { data: { createTask: created } } = await client.mutation(CREATE, { input: { userId, title: 'Buy milk' } });
const { data: { completeTask: completed } } = await client.mutation(COMPLETE, { id: created.id });
const { onTaskCompleted: heard } = await event;
const { data: { task: read } } = await client.query(TASK, { id: created.id });
const refused = await client.query(TASK, { id: 'task-of-nobody' });
const { errorType, message } = refused.error.graphQLErrors[0].originalError ?? refused.error.graphQLErrors[0];

const seen = { created, completed, heard, read, methods, refusal: { errorType, message } };
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
