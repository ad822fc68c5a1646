// Uses unmodified aws-amplify v6 to subscribe, create, complete and receive the completion. argv[2] holds the settings
// as JSON; the script prints JSON.
import { Amplify } from 'aws-amplify';
import { generateClient } from 'aws-amplify/api';
import { decodeJWT } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';
import { COMPLETE, COMPLETED, CREATE, TASK } from './documents.mjs';

const { graphqlUrl, region, authMode, apiKey, token, credentials, userId } = JSON.parse(process.argv[2]);

// Node has a global WebSocket since version 22; browsers always have one.
globalThis.WebSocket ??= (await import('ws')).WebSocket;

Amplify.configure(
  { API: { GraphQL: { endpoint: graphqlUrl, region, defaultAuthMode: authMode, apiKey } } },
  {
    Auth: {
      tokenProvider: { getTokens: async () => (token ? { accessToken: decodeJWT(token) } : null) },
      credentialsProvider: {
        getCredentialsAndIdentityId: async () => credentials && { credentials },
        clearCredentialsAndIdentityId: () => {},
      },
    },
  },
);
const client = generateClient();

const registered = new Promise((resolve) => {
  Hub.listen('api', ({ payload }) => payload.event === 'Subscription ack' && resolve());
});
let running;
const event = new Promise((resolve, reject) => {
  running = client.graphql({ query: COMPLETED, variables: { userId } }).subscribe({ next: resolve, error: reject });
});
await Promise.race([registered, event]);

const { data: { createTask: created } } = await client.graphql({
  query: CREATE,
  variables: { input: { userId, title: 'Buy milk' } },
});
const { data: { completeTask: completed } } = await client.graphql({ query: COMPLETE, variables: { id: created.id } });
const { data: { onTaskCompleted: heard } } = await event;
running.unsubscribe();

const refusal = await client.graphql({ query: TASK, variables: { id: 'task-of-nobody' } }).catch(({ errors }) => errors[0]);
const { errorType, message } = refusal;

process.stdout.write(JSON.stringify({ created, completed, heard, refusal: { errorType, message } }), () => process.exit(0));
