// Uses unmodified Apollo Client 4 with AppSync's links to subscribe, create, complete and receive the completion.
// argv[2] holds the settings as JSON; the script prints JSON.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { COMPLETE, COMPLETED, CREATE, TASK } from './documents.mjs';

// The link is loaded as CommonJS, because its ES module cannot sign for IAM in Node ("Sha256 is not a constructor",
// aws-appsync-auth-link 4.0.2).
const require = createRequire(import.meta.url);
const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = require('@apollo/client');
const { AUTH_TYPE, createAuthLink } = require('aws-appsync-auth-link');
const { createSubscriptionHandshakeLink } = require('aws-appsync-subscription-link');

const { graphqlUrl, healthUrl, region, authMode, apiKey, token, credentials, userId } = JSON.parse(process.argv[2]);

// Node has a global WebSocket since version 22; browsers always have one.
globalThis.WebSocket ??= require('ws').WebSocket;

const auth = {
  apiKey: { type: AUTH_TYPE.API_KEY, apiKey },
  userPool: { type: AUTH_TYPE.AMAZON_COGNITO_USER_POOLS, jwtToken: token },
  iam: { type: AUTH_TYPE.AWS_IAM, credentials },
}[authMode];
// The auth link signs only the operation, so that Apollo must not add its own name to it afterwards.
const http = new HttpLink({ uri: graphqlUrl, ...(authMode === 'iam' && { enhancedClientAwareness: { transport: false } }) });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([
    createAuthLink({ url: graphqlUrl, region, auth }),
    createSubscriptionHandshakeLink({ url: graphqlUrl, region, auth }, http),
  ]),
});

// The link does not report when a subscription is registered, but the gateway does.
const subscriptions = async () => (await (await fetch(healthUrl)).json()).subscriptions;
const before = await subscriptions();
let running;
let failed = false;
const event = new Promise((resolve, reject) => {
  running = client.subscribe({ query: gql(COMPLETED), variables: { userId } }).subscribe({ next: resolve, error: reject });
});
event.catch(() => { failed = true; });
while (!failed && (await subscriptions()) <= before) await pause(50);

const { data: { createTask: created } } = await client.mutate({
  mutation: gql(CREATE),
  variables: { input: { userId, title: 'Buy milk' } },
});
const { data: { completeTask: completed } } = await client.mutate({ mutation: gql(COMPLETE), variables: { id: created.id } });
const { data: { onTaskCompleted: heard } } = await event;
running.unsubscribe();

const refusal = await client.query({ query: gql(TASK), variables: { id: 'task-of-nobody' } }).catch(({ errors }) => errors[0]);
const { errorType, message } = refusal;

process.stdout.write(JSON.stringify({ created, completed, heard, refusal: { errorType, message } }), () => process.exit(0));
