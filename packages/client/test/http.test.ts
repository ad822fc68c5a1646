import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  amplify, apiKey, Conflict, completeTask, createTask, InvalidTransition, mayHelp, NetworkError, ServerError, SessionOver, task,
  TaskNotFound, tasksByUser, TooManyRequests, UnknownApiError, updateTask, userPool, ValidationError,
} from '../src/index.js';
import { aClient, aServer } from './setting.js';

const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => assert.fail('It resolved.'), (error: unknown) => error);

test('an operation returns its typed result', async () => {
  const client = aClient(await aServer());

  const created = await createTask(client, { title: 'Buy milk' });
  const completed = await completeTask(client, created.id, created.version);

  assert.equal(completed.status, 'COMPLETED');
  assert.deepEqual((await tasksByUser(client)).items.map(({ id }) => id), [created.id]);
});

test('an API key authorizes', async () => {
  const client = aClient(await aServer(), { credentials: apiKey('a-key') });

  assert.deepEqual((await tasksByUser(client)).items, []);
});

test('each errorType has a class that knows its errorInfo', async () => {
  const server = await aServer();
  const client = aClient(server);
  const { id } = server.put({ id: 'task-1' });

  const invalid = await rejection(createTask(client, { title: ' ' }));
  const missing = await rejection(task(client, 'task-of-nobody'));
  const conflict = await rejection(updateTask(client, { id, title: 'New', expectedVersion: 9 }));
  await completeTask(client, id);
  const transition = await rejection(completeTask(client, id));

  assert(invalid instanceof ValidationError && invalid.errorInfo.errors[0]?.field === 'title' && invalid.errorInfo.max === 200);
  assert(missing instanceof TaskNotFound && missing.errorInfo.id === 'task-of-nobody');
  assert(conflict instanceof Conflict && conflict.errorInfo.code === 'VERSION' && conflict.errorInfo.currentVersion === 1 && conflict.current?.id === id);
  assert(transition instanceof InvalidTransition && transition.errorInfo.currentStatus === 'COMPLETED');
  assert.deepEqual([invalid, missing, conflict, transition].map(mayHelp), [false, false, false, false]);
});

test('an errorType of the future is an error with its message', async () => {
  const server = await aServer();
  server.faults.push((response) => response.end(JSON.stringify({ data: null, errors: [{ errorType: 'New', message: 'Something new.' }] })));

  const error = await rejection(tasksByUser(aClient(server)));

  assert(error instanceof UnknownApiError);
  assert.deepEqual([error.errorType, error.message, error.mayHelp], ['New', 'Something new.', false]);
});

test('a refused token is refreshed once, and the request repeated', async () => {
  const server = await aServer();
  const refreshed: boolean[] = [];
  const credentials = userPool(async ({ refresh }) => {
    refreshed.push(refresh);
    return refresh ? 'token-1' : 'expired';
  });

  await createTask(aClient(server, { credentials }), { title: 'Once' });

  assert.deepEqual(refreshed, [false, true]);
  assert.equal(server.tasks.size, 1);
});

test('the session is over when fresh credentials are refused, and continues after the next sign-in', async () => {
  const server = await aServer();
  let token = 'revoked';
  const client = aClient(server, { credentials: userPool(async () => token) });
  const states: string[] = [];
  client.session.onChange((state) => states.push(state));

  assert(await rejection(tasksByUser(client)) instanceof SessionOver);
  assert(await rejection(tasksByUser(client)) instanceof SessionOver);
  token = 'token-1';
  client.session.resume();
  await tasksByUser(client);

  assert.deepEqual(states, ['over', 'active']);
});

test('nobody signed in is the end of the session', async () => {
  const client = aClient(await aServer(), { credentials: amplify(async () => ({})) });

  assert(await rejection(tasksByUser(client)) instanceof SessionOver);
  assert.equal(client.session.state, 'over');
});

test('a token refresh that fails, as before Wi-Fi is back, does not end the session', async () => {
  let isOnline = false;
  const credentials = amplify(async () => {
    if (!isOnline) throw new Error('NetworkError');
    return { tokens: { accessToken: 'token-1' } };
  });
  const client = aClient(await aServer(), { credentials });

  const error = await rejection(tasksByUser(client));
  isOnline = true;
  await tasksByUser(client);

  assert(error instanceof NetworkError && error.mayHelp);
});

test('credentials that never arrive are given up', async () => {
  const client = aClient(await aServer(), { credentials: () => new Promise(() => undefined), times: { credentialsWithin: 5 } });

  assert(await rejection(tasksByUser(client)) instanceof NetworkError);
});

test('throttling is waited for, as long as Retry-After says, and the request repeated', async () => {
  const server = await aServer();
  const client = aClient(server);
  server.faults.push((response) => response.writeHead(429, { 'retry-after': '0' }).end());
  server.faults.push((response) => response.end(JSON.stringify({
    data: null,
    errors: [{ errorType: 'TooManyRequests', message: 'Slow down.', errorInfo: { retryAfter: 0 } }],
  })));

  await createTask(client, { title: 'Patience' });

  assert.equal(server.calls.length, 1);
});

test('throttling beyond the patience is an error that says how long, also for the requests after it', async () => {
  const server = await aServer();
  const client = aClient(server);
  server.faults.push((response) => response.writeHead(429, { 'retry-after': new Date(Date.now() + 300_000).toUTCString() }).end());

  const first = await rejection(tasksByUser(client));
  const second = await rejection(tasksByUser(client));

  for (const error of [first, second]) assert(error instanceof TooManyRequests && error.errorInfo.retryAfter > 290 && error.mayHelp);
  assert.equal(server.calls.length, 0);
});

test('a failure of the server and a lost answer may be repeated', async () => {
  const server = await aServer();
  const client = aClient(server);
  server.faults.push((response) => response.writeHead(502).end('<html>Bad gateway</html>'), 'after');

  const failure = await rejection(tasksByUser(client));
  const lost = await rejection(createTask(client, { title: 'Stored all the same' }));

  assert(failure instanceof ServerError && failure.status === 502 && failure.mayHelp);
  assert(lost instanceof NetworkError && lost.mayHelp);
  assert.equal(server.tasks.size, 1);
});

test('a caller can cancel a request', async () => {
  const server = await aServer();
  server.isSilent = true;
  const abort = new AbortController();
  const waiting = rejection(aClient(server).send({ toString: () => '{ __typename }' }, {}, { signal: abort.signal }));

  abort.abort(new Error('Not needed any more.'));

  assert.equal(((await waiting) as Error).message, 'Not needed any more.');
});
