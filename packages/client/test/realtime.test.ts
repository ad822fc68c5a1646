import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { WebSocket } from 'ws';
import { onTaskChanged, realtimeUrlOf, userPool, type Handshake, type TasksClient } from '../src/index.js';
import { until, type TestServer } from './server.js';
import { aClient, aServer, afterwards } from './setting.js';

const HOUR = 3_600_000;

/** Follows the changes. `log` has what the observer was told. */
function follow(client: TasksClient): { log: string[]; stop: () => void } {
  const log: string[] = [];
  const stop = onTaskChanged(client, {
    onData: ({ task }) => log.push(task.title),
    onLive: () => log.push('live'),
    onLost: () => log.push('lost'),
    onRefused: (error) => log.push(`refused: ${error.message}`),
  });
  return { log, stop };
}

const isLive = (server: TestServer, client: TasksClient) => () => server.subscriptions === 1 && client.connection === 'live';

test('AppSync has a URL of its own for live updates, and other domains have a path', () => {
  const name = 'abcdefghijklmnopqrstuvwxyz';
  assert.equal(realtimeUrlOf(`https://${name}.appsync-api.eu-west-1.amazonaws.com/graphql`), `wss://${name}.appsync-realtime-api.eu-west-1.amazonaws.com/graphql`);
  assert.equal(realtimeUrlOf('https://tasks.example.com/graphql'), 'wss://tasks.example.com/graphql/realtime');
  assert.equal(realtimeUrlOf('http://127.0.0.1:4000/graphql'), 'ws://127.0.0.1:4000/graphql/realtime');
});

for (const handshake of ['subprotocol', 'query', 'headers'] satisfies Handshake[]) {
  test(`live updates arrive after the handshake by ${handshake}`, async () => {
    const server = await aServer();
    const client = aClient(server, { handshake });
    const { log } = follow(client);
    await until(isLive(server, client), 'live');

    server.put({ id: 'task-1', title: 'Buy milk' });

    await until(() => log.length === 2, 'the update');
    assert.deepEqual(log, ['live', 'Buy milk']);
    assert.deepEqual(server.handshakes, [handshake]);
  });
}

test('subscriptions share a socket, which closes after the last', async () => {
  const server = await aServer();
  const client = aClient(server);
  const [one, two] = [follow(client), follow(client)];
  await until(() => one.log.length && two.log.length, 'both run');

  one.stop();
  await until(() => server.subscriptions === 1, 'one ends');
  server.put({ id: 'task-1', title: 'For one' });
  await until(() => two.log.includes('For one'), 'the other goes on');
  two.stop();
  await until(() => server.subscriptions === 0, 'both end');

  assert.deepEqual(one.log, ['live']);
  assert.equal(server.handshakes.length, 1);
  assert.equal(client.connection, 'closed');
});

for (const reset of [false, true]) {
  test(`a connection that is lost${reset ? ' with ECONNRESET' : ''} comes back`, async () => {
    const server = await aServer();
    const client = aClient(server);
    const { log } = follow(client);
    await until(isLive(server, client), 'live');

    server.down({ reset });
    await until(() => client.connection === 'offline', 'offline');
    server.up();
    await until(isLive(server, client), 'live again');
    server.put({ id: 'task-1', title: 'Back' });
    await until(() => log.includes('Back'), 'the update');

    assert.deepEqual(log, ['live', 'lost', 'live', 'Back']);
  });
}

test('a token refresh that fails before the network is back is tried again', async () => {
  const server = await aServer();
  let isOnline = true;
  let attempts = 0;
  const credentials = userPool(async () => {
    attempts += 1;
    if (!isOnline) throw new Error('NetworkError');
    return 'token-1';
  });
  const client = aClient(server, { credentials });
  const { log } = follow(client);
  await until(isLive(server, client), 'live');

  isOnline = false;
  attempts = 0;
  server.down();
  server.up();
  await until(() => attempts > 3, 'refreshes that fail');
  isOnline = true;
  await until(isLive(server, client), 'live again');

  assert.deepEqual(log, ['live', 'lost', 'live']);
  assert.equal(client.session.state, 'active');
});

test('a token that expired is refreshed for the connection', async () => {
  const server = await aServer();
  const client = aClient(server, { credentials: userPool(async ({ refresh }) => (refresh ? 'token-1' : 'expired')) });
  // Every start checks the token as well, and this one is refreshed only when it is refused.
  server.tokens.set('expired', 'alice');
  follow(client);
  await until(isLive(server, client), 'live');
  server.connectionErrors.push({ errorType: 'com.amazonaws.deepdish.graphql.auth#UnauthorizedException', message: 'Token has expired.', errorCode: 400 });

  server.down();
  server.up();

  await until(isLive(server, client), 'live again');
  assert.equal(client.session.state, 'active');
});

test('live updates pause when the session is over, and continue after the next sign-in', async () => {
  const server = await aServer();
  let token: string | null = 'token-1';
  const client = aClient(server, { credentials: userPool(async () => token) });
  const { log } = follow(client);
  await until(isLive(server, client), 'live');

  token = 'revoked';
  server.down();
  server.up();
  await until(() => client.connection === 'over', 'over');
  token = 'token-1';
  client.session.resume();
  await until(isLive(server, client), 'live again');

  assert.deepEqual(log, ['live', 'lost', 'live']);
});

test('a subscription that is refused for good ends, and the others go on', async () => {
  const server = await aServer();
  const client = aClient(server);
  const allowed = follow(client);
  await until(isLive(server, client), 'live');
  server.startErrors.push({ errorType: 'Unauthorized', message: 'Not yours.' });
  const refused = follow(client);
  await until(() => refused.log.length, 'the refusal');

  server.down();
  server.up();
  await until(isLive(server, client), 'live again');

  assert.deepEqual(refused.log, ['refused: Not yours.']);
  assert.deepEqual(allowed.log, ['live', 'lost', 'live']);
});

test('a connection that is refused for good ends and is not tried again', async () => {
  const server = await aServer();
  server.connectionErrors.push({ errorType: 'BadRequestException', message: 'This API does not exist.', errorCode: 400 });
  const client = aClient(server);
  const { log } = follow(client);

  await until(() => log.length, 'the refusal');

  assert.deepEqual(log, ['refused: This API does not exist.']);
  assert.equal(client.connection, 'closed');
  assert.equal(server.handshakes.length, 1);
});

test('a limit is a reason to try again later', async () => {
  const server = await aServer();
  server.connectionErrors.push({ errorType: 'LimitExceededError', message: 'Rate limit exceeded' });
  server.startErrors.push({ errorType: 'MaxSubscriptionsReachedError', message: 'Max number of 100 subscriptions reached' });
  const client = aClient(server);
  const { log } = follow(client);

  await until(isLive(server, client), 'live');

  assert.deepEqual(log, ['live']);
});

test('a subscription that the API ends is started again, unless it is refused', async () => {
  const server = await aServer();
  const client = aClient(server);
  const { log } = follow(client);
  await until(isLive(server, client), 'live');

  server.invalidate();
  await until(() => log.length === 3, 'started again');
  server.startErrors.push({ errorType: 'Unauthorized', message: 'Not any more.' });
  server.invalidate();
  await until(() => log.length === 5, 'the refusal');

  assert.deepEqual(log, ['live', 'lost', 'live', 'lost', 'refused: Not any more.']);
});

test('a connection that goes silent is noticed by a ping, and a quiet one is not given up', async () => {
  const server = await aServer();
  const client = aClient(server, { times: { pingAfter: 10, pongWithin: 40 } });
  const { log } = follow(client);
  await until(() => log.includes('live'), 'live');
  await until(() => server.pings > 3, 'the answers to several pings');
  assert.deepEqual(log, ['live']);

  server.freeze();

  await until(() => log.filter((entry) => entry === 'live').length > 1, 'live again');
  assert.deepEqual(log, ['live', 'lost', 'live']);
});

test('an API that does not answer pings is not given up for that', async () => {
  const server = await aServer();
  server.answersPings = false;
  const client = aClient(server, { times: { pingAfter: 1, pongWithin: 1 } });
  const { log } = follow(client);
  await until(() => log.includes('live'), 'live');
  const start = Date.now();

  await until(() => Date.now() - start > 60, 'many times longer than an answer may take');

  assert.deepEqual(log, ['live']);
});

test('a silent connection is given up', async () => {
  const server = await aServer();
  const client = aClient(server, { times: { silence: 20 } });
  const { log } = follow(client);
  await until(() => log.includes('live'), 'live');

  await until(() => log.includes('lost'), 'lost');

  await until(() => log.filter((entry) => entry === 'live').length > 1, 'live again');
});

test('a server that takes the socket but never answers is given up', async () => {
  const server = await aServer();
  server.isSilent = true;
  const client = aClient(server, { times: { ackWithin: 20 } });
  const { log } = follow(client);

  await until(() => client.connection === 'offline', 'offline');
  server.isSilent = false;

  await until(() => log.includes('live'), 'live');
});

test('a computer that slept for three hours connects again, with a new token', async () => {
  const server = await aServer();
  const tokens = ['token-1'];
  server.tokens.set('token-2', 'alice');
  const client = aClient(server, { credentials: userPool(async () => tokens[0]) });
  const { log } = follow(client);
  await until(isLive(server, client), 'live');

  tokens[0] = 'token-2';
  server.tokens.delete('token-1');
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * HOUR });
  afterwards(() => mock.timers.reset());

  await until(() => log.length === 3, 'live again');

  assert.deepEqual(log, ['live', 'lost', 'live']);
});

test('a page that comes back online or into view connects at once', async () => {
  const [page, shown] = [new EventTarget(), Object.assign(new EventTarget(), { hidden: false })];
  Object.assign(globalThis, { window: page, document: shown });
  afterwards(() => {
    Reflect.deleteProperty(globalThis, 'window');
    Reflect.deleteProperty(globalThis, 'document');
  });
  const server = await aServer();
  const client = aClient(server, { times: { pauses: { first: HOUR, longest: HOUR } } });
  const { log } = follow(client);
  await until(isLive(server, client), 'live');

  for (const wake of [() => page.dispatchEvent(new Event('online')), () => shown.dispatchEvent(new Event('visibilitychange'))]) {
    server.down();
    await until(() => client.connection === 'offline', 'offline');
    server.up();
    wake();
    await until(isLive(server, client), 'live again');
  }

  assert.deepEqual(log, ['live', 'lost', 'live', 'lost', 'live']);
});

test('a closed client stays closed', async () => {
  const server = await aServer();
  const client = aClient(server, { WebSocket });
  const { log } = follow(client);
  client.close();

  client.wake();
  await client.send({ toString: () => '{ __typename }' }, {});

  assert.deepEqual([log, client.connection, server.handshakes], [[], 'closed', []]);
  assert.throws(() => follow(client), { message: 'The client is closed.' });
});
