import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { Conflict, NetworkError, ServerError, TaskNotFound, userPool, ValidationError, type TasksClient, type TaskStatus } from '../src/index.js';
import { Contradiction, memoryStorage, openTasks, type Refusal, type StoreSettings, type TaskStore } from '../src/sync/index.js';
import { TestServer, until } from './server.js';
import { aClient, aServer, afterwards } from './setting.js';

interface Opened {
  store: TaskStore;
  client: TasksClient;
  refusals: Refusal[];
  news: string[];
  titles: () => string[];
}

/** Opens alice's tasks as a page of its own. */
async function open(server: TestServer, { times, client = aClient(server), ...settings }: Partial<StoreSettings> & { client?: TasksClient } = {}): Promise<Opened> {
  const [refusals, news] = [[] as Refusal[], [] as string[]];
  const store = await openTasks(client, {
    userId: 'alice',
    storage: memoryStorage(),
    onRefusal: (refusal) => refusals.push(refusal),
    onNews: ({ event, task }) => news.push(`${event} ${task.title}`),
    ...settings,
    times: { settle: 5, pauses: { first: 4, longest: 16 }, ...times },
  });
  afterwards(() => store.close());
  return { store, client, refusals, news, titles: () => store.rows().map(({ title }) => title).toSorted() };
}

const live = ({ store }: Opened) => until(() => store.status === 'live', 'live');

/** Whether the page shows what the server has. */
const isSame = (server: TestServer, { store }: Opened) => {
  const shown = Object.fromEntries(store.rows().map(({ id, version, status, title, description }) => [id, { version, status, title, description }]));
  const actual = Object.fromEntries([...server.tasks.values()].map(({ id, version, status, title, description }) => [id, { version, status, title, description }]));
  assert.deepEqual(shown, actual);
};
const equal = (server: TestServer, page: Opened) => until(() => {
  try {
    isSame(server, page);
    return page.store.pending.length === 0;
  } catch {
    return false;
  }
}, 'the same').catch(() => isSame(server, page));

/** Waits for a change, and does not let it wait for its next attempt. */
async function hurried(page: Opened, done: Promise<void>): Promise<void> {
  let isDone = false;
  const end = done.finally(() => {
    isDone = true;
  });
  end.catch(() => undefined); // until it is awaited
  await until(() => isDone || page.store.refreshPending(), 'the change is stored');
  await end;
}

const fail = (response: ServerResponse) => void response.writeHead(500).end();

const sent = (server: TestServer) => server.calls.map(({ operation }) => operation).filter((name) => !['TaskChanges', 'TasksByUser', 'Task', 'Tasks'].includes(name));

test('what happened without a connection shows afterwards, deletions and later pages too', async () => {
  const server = await aServer();
  server.pageSize = 3;
  for (let number = 0; number < 10; number++) server.put({ id: `task-${number}`, title: `Number ${number}` });
  const page = await open(server);
  await live(page);
  isSame(server, page);

  server.down();
  await until(() => page.store.status === 'offline', 'offline');
  server.remove('task-0');
  server.remove('task-7');
  for (let number = 10; number < 15; number++) server.put({ id: `task-${number}`, title: `Number ${number}` });
  server.put({ id: 'task-1', title: 'Changed' });
  server.up();
  await live(page);

  isSame(server, page);
});

test('an update that is lost just after the start of the subscription is read when the connection has settled', async () => {
  const server = await aServer();
  const page = await open(server, { times: { settle: 100 } });
  await live(page);
  server.isDeaf = true;

  server.down();
  server.up();
  await until(() => page.client.connection === 'offline', 'offline');
  await until(() => page.client.connection === 'live', 'subscribed');
  server.put({ id: 'task-1' });
  assert.equal(page.store.status, 'connecting');

  await live(page);
  isSame(server, page);
});

for (const [changes, requests, bytes] of [[0, 1, 200], [5, 1, 2_000], [500, 5, 200_000]] as const) {
  test(`catching up with ${changes} changes of 530 tasks takes ${requests === 1 ? 'one read' : `${requests} reads`}`, async () => {
    const server = await aServer();
    for (let number = 0; number < 530; number++) server.put({ id: `task-${number}`, title: `Number ${number}` });
    const page = await open(server);
    await live(page);
    server.down();
    await until(() => page.store.status === 'offline', 'offline');
    for (let number = 0; number < changes; number++) server.put({ id: `task-${number}`, title: `Changed ${number}` });
    server.calls.length = 0;

    server.up();
    await live(page);

    isSame(server, page);
    assert.deepEqual(server.calls.map(({ operation }) => operation), Array(requests).fill('TaskChanges'));
    assert(server.calls.reduce((sum, call) => sum + call.bytes, 0) < bytes);
  });
}

test('a series of pages that is cut off begins anew after the next connection', async () => {
  const server = await aServer();
  for (let number = 0; number < 6; number++) server.put({ id: `task-${number}`, title: `Number ${number}` });
  const page = await open(server);
  await live(page);
  server.down();
  await until(() => page.store.status === 'offline', 'offline');
  server.pageSize = 2;
  for (let number = 0; number < 6; number++) server.put({ id: `task-${number}`, title: `Changed ${number}` });
  server.calls.length = 0;
  server.faults.push('after');

  server.up();
  await live(page);

  isSame(server, page);
  const sinces = server.calls.map(({ variables }) => variables['since']);
  assert.equal(sinces[0], sinces[1]);
});

test('after a restore of the table, older versions are taken and later tasks are gone', async () => {
  const server = await aServer();
  const restored = server.put({ id: 'task-1', title: 'Restored' });
  const page = await open(server);
  await live(page);
  server.put({ id: 'task-1', title: 'Later' });
  server.put({ id: 'task-2', title: 'Later' });
  await until(() => page.titles().join() === 'Later,Later', 'both are shown');
  server.down();
  await until(() => page.store.status === 'offline', 'offline');

  server.tasks.clear();
  server.tasks.set('task-1', restored);
  server.forgetTokens();
  server.up();
  await live(page);

  isSame(server, page);
});

test('a token that the API no longer knows begins anew, and deletions do not stay', async () => {
  const server = await aServer();
  for (const id of ['task-1', 'task-2']) server.put({ id, title: id });
  const page = await open(server);
  await live(page);
  server.down();
  await until(() => page.store.status === 'offline', 'offline');
  server.remove('task-1');
  server.forgetTokens();
  server.up();

  await live(page);

  isSame(server, page);
});

test('an older update, an update that comes twice and one of a deleted task change nothing and are no news', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);
  const first = server.put({ id: 'task-1', title: 'Old' });
  server.put({ id: 'task-1', title: 'New' });
  const gone = server.put({ id: 'task-2', title: 'Gone' });
  server.remove('task-2');

  for (const task of [first, first, gone]) server.publish('onTaskChanged', 'alice', { event: 'UPDATED', task });
  server.put({ id: 'task-3', title: 'Last' });
  await until(() => page.news.includes('CREATED Last'), 'the last update');

  isSame(server, page);
  assert.deepEqual(page.news, ['CREATED Old', 'UPDATED New', 'CREATED Gone', 'DELETED Gone', 'CREATED Last']);
});

test('a change shows at once, and is the same as the API’s when it is stored', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);

  const { id, done } = page.store.create({ title: ' Buy milk ' });
  assert.deepEqual(page.store.get(id)?.title, 'Buy milk');
  assert.equal(page.store.get(id)?.$synced, false);
  await done;

  await equal(server, page);
  assert.equal(page.store.get(id)?.$synced, true);
});

test('quick changes of one task are sent in their order, each for the version that the one before leaves', async () => {
  const server = await aServer();
  server.put({ id: 'task-1' });
  const page = await open(server);
  await live(page);

  const { store } = page;
  await Promise.all([store.start('task-1'), store.complete('task-1'), store.reopen('task-1'), store.edit('task-1', { title: 'Again' }), store.cancel('task-1')]);

  await equal(server, page);
  assert.deepEqual(server.calls.filter(({ operation }) => sent(server).includes(operation)).map(({ operation, variables: { expectedVersion, input } }) =>
    [operation, expectedVersion ?? (input as { expectedVersion: number }).expectedVersion]), [
    ['StartTask', 1], ['CompleteTask', 2], ['ReopenTask', 3], ['UpdateTask', 4], ['CancelTask', 5],
  ]);
});

test('changes made offline wait, survive a reload, and are sent once and in order, to what others changed meanwhile', async () => {
  const server = await aServer();
  server.put({ id: 'task-1', title: 'Mine' });
  server.put({ id: 'task-2', title: 'Kept' });
  const storage = memoryStorage();
  const page = await open(server, { storage });
  await live(page);
  server.down();
  await until(() => page.store.status === 'offline', 'offline');

  const { id } = page.store.create({ title: 'Typed offline' });
  void page.store.start(id);
  void page.store.edit('task-1', { title: 'Edited offline' });
  void page.store.complete('task-1');
  void page.store.delete('task-2');
  await until(async () => (await storage.keys()).length === 5, 'all are kept');
  assert.deepEqual(page.titles(), ['Edited offline', 'Typed offline']);
  page.store.close();
  page.client.close();
  server.put({ id: 'task-1', description: 'Theirs' });

  const reloaded = await open(server, { storage });
  assert.deepEqual(reloaded.titles(), ['Edited offline', 'Typed offline']);
  server.up();
  await equal(server, reloaded);

  assert.deepEqual(sent(server), ['CreateTask', 'ChangeTasks', 'UpdateTask', 'CompleteTask']);
  const { title, description, status } = server.tasks.get('task-1')!;
  assert.deepEqual([title, description, status], ['Edited offline', 'Theirs', 'COMPLETED']);
  assert.equal(server.tasks.get(id)?.status, 'IN_PROGRESS');
  assert.deepEqual([reloaded.refusals, await storage.keys()], [[], []]);
});

test('many tasks are completed by one request, and the one that the API refuses has its own error', async () => {
  const server = await aServer();
  for (let number = 0; number < 30; number++) server.put({ id: `task-${number}` });
  const page = await open(server);
  await live(page);

  server.isDeaf = true; // the page does not know that this task is done
  server.put({ id: 'task-7', status: 'CANCELLED' });
  server.faults.push('after'); // the answer to the first 25 is lost
  const completions = Promise.allSettled(Array.from({ length: 30 }, (_, number) => page.store.complete(`task-${number}`)));
  await until(() => page.store.pending.length === 0 || page.store.refreshPending(), 'everything is stored');

  const outcomes = await completions;
  assert.deepEqual(outcomes.flatMap(({ status }, number) => (status === 'rejected' ? [number] : [])), [7]);
  assert(page.refusals[0]!.error instanceof Contradiction);
  assert.equal([...server.tasks.values()].filter(({ status, version }) => status === 'COMPLETED' && version === 2).length, 29);
  assert.deepEqual(sent(server), ['ChangeTasks', 'ChangeTasks', 'ChangeTasks']); // the lost one, the same again, and the last 5
  await equal(server, page);
});

test('a change whose answer is lost is repeated without harm', async () => {
  const server = await aServer();
  for (const id of ['task-1', 'task-2', 'task-3']) server.put({ id, title: id });
  const page = await open(server);
  await live(page);

  for (const change of [
    () => page.store.create({ title: 'Once' }).done,
    () => page.store.edit('task-1', { title: 'Edited once' }),
    () => page.store.start('task-2'),
    () => page.store.delete('task-3'),
  ]) {
    server.isDeaf = true; // neither does a live update say that it was stored
    server.faults.push('after');
    const done = change();
    await until(() => server.faults.length === 0, 'the answer is lost');
    await hurried(page, done);
  }

  await equal(server, page);
  assert.equal(server.tasks.get('task-1')?.version, 2);
  assert.equal(server.tasks.get('task-2')?.version, 2);
  assert.equal([...server.tasks.values()].filter(({ title }) => title === 'Once').length, 1);
  assert.deepEqual(page.refusals, []);
});

test('edits of different details by two people are both kept', async () => {
  const server = await aServer();
  server.put({ id: 'task-1', title: 'Ours', description: 'Ours' });
  const page = await open(server);
  await live(page);
  server.isDeaf = true;
  server.put({ id: 'task-1', description: 'Theirs' });

  await page.store.edit('task-1', { title: 'Mine', description: 'Ours' }); // a form sends every detail

  const { title, description, version } = server.tasks.get('task-1')!;
  assert.deepEqual([title, description, version], ['Mine', 'Theirs', 3]);
  await equal(server, page);
});

test('edits of the same detail contradict each other: theirs stays, unless the page decides otherwise', async () => {
  const server = await aServer();
  for (const id of ['task-1', 'task-2']) server.put({ id, title: 'Ours' });
  const page = await open(server, { resolve: ({ id }) => (id === 'task-1' ? 'theirs' : 'mine') });
  await live(page);
  server.isDeaf = true;
  for (const id of ['task-1', 'task-2']) server.put({ id, title: 'Theirs' });

  const error = await page.store.edit('task-1', { title: 'Mine' }).catch((fault: unknown) => fault);
  await page.store.edit('task-2', { title: 'Mine' });

  assert(error instanceof Contradiction && error instanceof Conflict);
  assert.deepEqual([error.now.title, error.details], ['Theirs', ['title']]);
  assert.deepEqual(page.refusals.map(({ change }) => change.id), ['task-1']);
  assert.deepEqual([page.store.get('task-1')?.title, server.tasks.get('task-2')?.title], ['Theirs', 'Mine']);
  await equal(server, page);
});

test('a status is changed in spite of an edit, but not against another status, and a deletion not against anything', async () => {
  const server = await aServer();
  for (const id of ['edited', 'started', 'cancelled', 'deleted', 'kept']) server.put({ id, title: id });
  const page = await open(server);
  await live(page);
  server.isDeaf = true;
  server.put({ id: 'edited', title: 'New' });
  server.put({ id: 'started', status: 'IN_PROGRESS' });
  server.put({ id: 'cancelled', status: 'CANCELLED' });
  server.remove('deleted');
  server.put({ id: 'kept', title: 'Still needed' });
  const { store } = page;

  const results = await Promise.allSettled([store.start('edited'), store.start('started'), store.complete('cancelled'), store.complete('deleted'), store.delete('kept')]);

  assert.deepEqual(results.map((result) => (result.status === 'rejected' ? (result.reason as Error).constructor : 'stored')), [
    'stored', 'stored', Contradiction, TaskNotFound, Contradiction,
  ]);
  assert.deepEqual(['edited', 'started', 'cancelled', 'kept'].map((id) => server.tasks.get(id)?.status), ['IN_PROGRESS', 'IN_PROGRESS', 'CANCELLED', 'PENDING']);
  await equal(server, page);
});

test('a refused change is shown no longer, nor are the later changes of its task, and others go on', async () => {
  const server = await aServer();
  server.put({ id: 'task-1' });
  const page = await open(server);
  await live(page);
  server.down();
  await until(() => page.store.status === 'offline', 'offline');
  const { store } = page;

  const { id, done } = store.create({ title: ' ' });
  const changes = [done, store.start(id), store.start('task-1')];
  const results = Promise.allSettled(changes);
  server.up();

  assert.deepEqual((await results).map((result) => (result.status === 'rejected' ? (result.reason as Error).constructor : 'stored')), [
    ValidationError, ValidationError, 'stored',
  ]);
  assert.deepEqual(page.refusals.map(({ change }) => change.kind), ['create', 'start']);
  await equal(server, page);
});

test('a change whose error message contains a number is not taken for an HTTP status', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);
  server.faults.push((response) => response.end(JSON.stringify({
    data: null,
    errors: [{ errorType: 'InternalError', message: 'Failed at step 400.', errorInfo: { correlationId: '401' } }],
  })));

  const { done } = page.store.create({ title: 'Survives' });
  await until(() => server.faults.length === 0, 'the failure');
  await hurried(page, done);

  await equal(server, page);
});

test('a change waits for the end of an outage of the API, however long', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);
  for (const operation of ['CreateTask', 'Tasks', 'TaskChanges']) server.broken.set(operation, 0);

  const { done } = page.store.create({ title: 'Survives' });
  await until(() => server.broken.get('CreateTask')! > 30 || page.store.refreshPending(), 'thirty failures');
  server.broken.clear();
  await hurried(page, done);

  assert.deepEqual(page.refusals, []);
  await equal(server, page);
});

test('a change for which alone the API fails is given up, and others go on', async () => {
  const server = await aServer();
  server.put({ id: 'task-1' });
  const page = await open(server);
  await live(page);
  server.broken.set('CreateTask', 0);

  const { done } = page.store.create({ title: 'Fails' });
  const started = page.store.start('task-1');
  await assert.rejects(hurried(page, done), ServerError);
  await hurried(page, started);

  assert.deepEqual(page.refusals.map(({ change }) => change.kind), ['create']);
  await equal(server, page);
});

test('changes wait while the session is over, and go on after the next sign-in', async () => {
  const server = await aServer();
  let token = 'token-1';
  const client = aClient(server, { credentials: userPool(async () => token) });
  const page = await open(server, { client });
  await live(page);
  token = 'revoked';

  const { done } = page.store.create({ title: 'Not lost' });
  await until(() => page.store.status === 'over', 'over');
  assert.deepEqual(page.titles(), ['Not lost']);
  token = 'token-1';
  client.session.resume();
  await done;
  await live(page);

  await equal(server, page);
});

test('somebody else’s tasks are refused for good', async () => {
  const server = await aServer();
  server.startErrors.push({ errorType: 'Unauthorized', message: 'Not yours.' });
  const page = await open(server);

  await until(() => page.store.status === 'refused', 'refused');
});

test('a first read that fails is tried again', async () => {
  const server = await aServer();
  server.put({ id: 'task-1' });
  server.down();
  const page = await open(server);
  await until(() => page.store.status === 'offline', 'offline');
  assert.equal(page.store.isLoaded, false);

  server.up();

  await live(page);
  isSame(server, page);
});

test('reading that fails again and again is said, until it succeeds', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);
  server.down();
  await until(() => page.store.status === 'offline', 'offline');
  server.put({ id: 'task-1' });
  server.faults.push(...Array<typeof fail>(1_000).fill(fail));

  server.up();
  await until(() => page.store.status === 'failing', 'failing');
  server.faults.length = 0;

  await live(page);
  isSame(server, page);
});

test('a list without a listener is the same object until something changes', async () => {
  const server = await aServer();
  server.put({ id: 'task-1' });
  const page = await open(server);
  await live(page);
  const list = page.store.list();

  const before = list.get();
  assert.equal(list.get(), before);
  server.put({ id: 'task-2' });
  await until(() => list.get() !== before, 'the change');
  assert.equal(list.get().total, 2);
});

test('a list shows pages of the newest tasks, and every change moves them', async () => {
  const server = await aServer();
  for (let number = 1; number <= 5; number++) server.put({ id: `task-${number}`, title: `${number}` });
  const page = await open(server);
  await live(page);
  const list = page.store.list({ statuses: ['PENDING'], pageSize: 2 });
  let changes = 0;
  afterwards(list.subscribe(() => (changes += 1)));
  const shown = () => [list.get().tasks.map(({ title }) => title), list.get().total, list.get().hasMore];

  assert.deepEqual(shown(), [['5', '4'], 5, true]);
  assert.equal(list.get(), list.get());
  const started = page.store.start('task-5');
  assert.deepEqual(shown(), [['4', '3'], 4, true]);
  await started;
  list.more();
  assert.deepEqual(shown(), [['4', '3', '2', '1'], 4, false]);
  server.remove('task-3');
  await until(() => list.get().total === 3, 'the deletion');
  assert(changes > 0);
});

test('credentials that fail for a moment lose neither tasks nor changes', async () => {
  const server = await aServer();
  let isOnline = true;
  const client = aClient(server, {
    credentials: userPool(async () => {
      if (!isOnline) throw new Error('NetworkError');
      return 'token-1';
    }),
  });
  const page = await open(server, { client });
  await live(page);
  isOnline = false;
  server.down();
  server.up();
  const { done } = page.store.create({ title: 'Before Wi-Fi' });
  await until(() => page.store.status === 'offline', 'offline');

  isOnline = true;
  await done;
  await live(page);

  await equal(server, page);
  assert(!page.refusals.some(({ error }) => error instanceof NetworkError));
});

test('open pages keep their own changes, and the next page finishes those of a closed one', async () => {
  const held = new Set<string>();
  const locks = {
    async request(name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, use: (lock: object | null) => unknown): Promise<void> {
      if (options.ifAvailable && held.has(name)) return void use(null);
      await until(() => !held.has(name) || options.signal?.aborted, 'the lock');
      if (options.signal?.aborted) throw options.signal.reason;
      held.add(name);
      await use({});
      held.delete(name);
    },
  };
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks, onLine: true }, configurable: true });
  afterwards(() => (navigator ? Object.defineProperty(globalThis, 'navigator', navigator) : Reflect.deleteProperty(globalThis, 'navigator')));
  const server = await aServer();
  const storage = memoryStorage();
  const [one, two] = [await open(server, { storage }), await open(server, { storage })];
  await live(one);
  await live(two);
  server.down();

  void one.store.create({ title: 'Of one' });
  void two.store.create({ title: 'Of two' });
  await until(async () => (await storage.keys()).length === 2, 'both are kept');
  const three = await open(server, { storage });
  assert.deepEqual([one, two, three].map(({ store }) => store.pending.length), [1, 1, 0]);
  one.store.close();
  await until(() => three.titles().length, 'the change of the closed page');
  assert.deepEqual(three.titles(), ['Of one']);
  server.up();

  await equal(server, three);
  await equal(server, two);
  assert.deepEqual([...server.tasks.values()].map(({ title }) => title).toSorted(), ['Of one', 'Of two']);
});

test('due dates, priorities, reminders and labels show at once, are stored, merge, and can be cleared', async () => {
  const server = await aServer();
  const page = await open(server);
  await live(page);
  const at = '2026-12-24T23:30:00Z';

  const { id, done } = page.store.create({ title: 'Cook', due: { at, timeZone: 'Europe/Berlin' }, priority: 'HIGH', remindAt: '2026-12-24T08:00:00+01:00', labels: [' home', 'food', 'home'] });
  const shown = page.store.get(id)!;
  await done;
  const task = page.store.rows()[0]!;
  server.isDeaf = true;
  server.put({ id: task.id, labels: ['food', 'guests', 'home'] });
  await page.store.edit(task.id, { due: null, remindAt: null, labels: ['food', 'party'] });

  assert.deepEqual([shown.due, shown.priority, shown.labels], [{ date: '2026-12-25', at: '2026-12-24T23:30:00.000Z', timeZone: 'Europe/Berlin' }, 'HIGH', ['food', 'home']]);
  assert.equal(shown.remindAt, '2026-12-24T07:00:00.000Z');
  assert.deepEqual([task.due, task.priority, task.remindAt, task.labels], [shown.due, shown.priority, shown.remindAt, shown.labels]);
  const { due, priority, remindAt, labels } = server.tasks.get(task.id)!;
  assert.deepEqual([due, priority, remindAt, labels], [null, 'HIGH', null, ['food', 'guests', 'party']]);
  await equal(server, page);
});

test('two due dates or reminders for one task contradict each other, and a form that changed none does not', async () => {
  const server = await aServer();
  server.put({ id: 'task-1', title: 'Ours', due: { date: '2026-12-01', at: null, timeZone: null } });
  const page = await open(server);
  await live(page);
  server.isDeaf = true;
  const seen = page.store.get('task-1')!;
  server.put({ id: 'task-1', due: { date: '2026-12-02', at: null, timeZone: null }, remindAt: '2026-12-01T12:00:00.000Z' });

  const error = await page.store.edit('task-1', { due: { date: '2026-12-03' }, remindAt: '2026-12-03T07:00:00Z' }, seen).catch((fault: unknown) => fault);
  await page.store.edit('task-1', { title: 'Mine', due: { date: '2026-12-01' }, remindAt: null }, seen);

  assert(error instanceof Contradiction);
  assert.deepEqual(error.details, ['due', 'remindAt']);
  const { title, due, remindAt } = server.tasks.get('task-1')!;
  assert.deepEqual([title, due?.date, remindAt], ['Mine', '2026-12-02', '2026-12-01T12:00:00.000Z']);
});

test('a list has the order that is wanted, and newest first within it', async () => {
  const server = await aServer();
  server.put({ id: 'task-1', title: 'Older', priority: 'LOW' });
  server.put({ id: 'task-2', title: 'Newer', priority: 'LOW' });
  server.put({ id: 'task-3', title: 'First', priority: 'HIGH' });
  const page = await open(server);
  await live(page);

  const list = page.store.list({ compare: (one, other) => Number(other.priority === 'HIGH') - Number(one.priority === 'HIGH') });

  assert.deepEqual(list.get().tasks.map(({ title }) => title), ['First', 'Newer', 'Older']);
});

test('a deletion that waits can be undone, and is stored when its time is over or the page closes', async () => {
  const server = await aServer();
  for (const id of ['undone', 'expired', 'sent', 'closed']) server.put({ id, title: id });
  const storage = memoryStorage();
  const page = await open(server, { storage });
  await live(page);

  const undone = page.store.deleteLater('undone', 60_000);
  const hidden = page.titles();
  undone.undo();
  await undone.done;
  await page.store.deleteLater('expired', 1).done;
  const early = page.store.deleteLater('sent', 60_000);
  early.send();
  await early.done;
  void page.store.deleteLater('closed', 60_000);
  const { pending } = page.store;
  page.store.close();
  await until(async () => (await storage.keys()).length === 1, 'it is kept');
  const next = await open(server, { storage });

  assert.deepEqual([hidden, pending.length], [['closed', 'expired', 'sent'], 1]);
  await until(() => server.tasks.size === 1, 'all others are deleted');
  assert.deepEqual([...server.tasks.keys()], ['undone']);
  await equal(server, next);
});

test('nothing that the API or a listener does ends the live updates: the error is reported', async (context) => {
  const server = await aServer();
  const reported = context.mock.method(console, 'error', () => undefined);
  const page = await open(server, {
    onNews: ({ task }) => {
      if (task.title === 'Strange') throw new Error('The page does not know this status.');
    },
  });
  page.store.onChange(() => {
    if (page.store.get('task-1')) throw new Error('The page cannot show this task.');
  });
  await live(page);

  server.put({ id: 'task-1', title: 'Strange', status: 'ON_HOLD' as TaskStatus });
  server.publish('onTaskChanged', 'alice', { event: 'ARCHIVED', task: server.tasks.get('task-1') });
  server.publish('onTaskChanged', 'alice', { event: 'CREATED', task: null });
  server.put({ id: 'task-2', title: 'Afterwards' });

  await until(() => page.store.get('task-2'), 'the next task');
  assert.equal(page.store.get('task-1')?.status, 'ON_HOLD');
  assert.equal(page.store.status, 'live');
  assert(reported.mock.callCount() >= 3);
});

test('a task moves between two others at once, also after an edit by somebody else, and a lost neighbor refuses only the move', async () => {
  const server = await aServer();
  for (const id of ['third', 'second', 'first']) server.put({ id, title: id });
  const page = await open(server);
  await live(page);
  const list = page.store.list({ compare: (one, other) => (one.rank < other.rank ? -1 : 1) });
  const order = () => list.get().tasks.map(({ id }) => id);
  const before = order();
  server.isDeaf = true;
  server.put({ id: 'third', title: 'Renamed' });

  const moved = page.store.move('third', { after: 'first', before: 'second' });
  const shown = order();
  await moved;
  server.remove('second');
  const error = await page.store.move('third', { before: 'second' }).catch((fault: unknown) => fault);

  assert.deepEqual([before, shown], [['first', 'second', 'third'], ['first', 'third', 'second']]);
  assert(error instanceof TaskNotFound);
  assert(page.store.get('third'), 'the task stays');
  assert.equal(server.tasks.get('third')?.title, 'Renamed');
});
