// Puts a client of examples/frontends through the scenarios of docs/frontends.md, against the small AppSync of packages/client.
// argv[2] is the name of the client's module. The script prints what each scenario observed, as JSON. The test bundles
// this file with the modules and with `frontends_session.ts` in place of `session.ts`.
import { mock } from 'node:test';
import { WebSocket } from 'ws';
import { TestServer, until } from '../../../packages/client/test/server.js';
import { SessionOver, session } from './session.js';
import { follow, type Task } from './tasks.js';

interface Client {
  send<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  listen<Data>(query: string, variables: Record<string, unknown>, observer: object): () => void;
}

const HOUR = 3_600_000;
const CHANGES = 'subscription Changes { onTaskChanged { event task { id version } } }';
Object.assign(globalThis, { WebSocket });
// Amplify tries to reconnect once a minute (ReconnectionMonitor). Nobody has to wait that long for the same attempts.
const every = globalThis.setInterval;
Object.assign(globalThis, { setInterval: (action: () => void, pause: number) => every(action, Math.min(pause, 5_000)) });
process.env['PATIENCE'] ??= '60000'; // milliseconds

const server = await TestServer.start();
Object.assign(globalThis, { apiUrl: server.url });
session.url = server.url;
const name = process.argv[2]!;
const modules: Record<string, () => Promise<Client>> = {
  amplify: () => import('./amplify.js') as Promise<Client>,
  apollo: () => import('./apollo.js') as Promise<Client>,
  client: () => import('./client.js') as Promise<Client>,
  plain: () => import('./plain.js') as Promise<Client>,
  urql: () => import('./urql.js') as Promise<Client>,
};
const client = await modules[name]!();
const seen: Record<string, unknown> = {};

let shown: Task[] = [];
const ends: unknown[] = [];
const essence = (tasks: Iterable<Task>) => [...tasks].map(({ id, version }) => `${id} ${version}`).toSorted().join();
const isSame = () => essence(shown) === essence(server.tasks.values());
let last = 0;
/** Changes a task and waits until the client shows it, which a live update brings. */
async function hears(): Promise<boolean> {
  const { id } = server.put({ id: `task-${++last}`, title: `Heard ${last}` });
  await until(() => shown.some((task) => task.id === id), `${name} hears of ${id}`);
  return true;
}

for (let number = 0; number < 250; number++) server.put({ id: `task-of-page-${number}` });
const stop = follow(client, (tasks) => { shown = tasks; }, (error) => ends.push(error));
await until(isSame, `${name} shows every page`);
seen['pages'] = shown.length;

server.down({ reset: true }); // ECONNRESET
server.remove('task-of-page-3');
server.remove('task-of-page-200');
server.put({ id: 'task-of-page-7', title: 'Changed in the gap' });
server.up();
await until(() => server.subscriptions === 1 && isSame(), `${name} shows what happened in the gap`);
seen['gap'] = [shown.length, await hears()];

session.isOnline = false;
session.attempts = 0;
server.down();
server.up();
await until(() => session.attempts >= 2, `${name} tries to refresh the token`);
session.isOnline = true;
await until(() => server.subscriptions === 1, `${name} listens again`);
seen['refresh'] = await hears();

session.token = 'token-2';
server.tokens.set('token-2', 'alice');
server.tokens.delete('token-1');
server.freeze();
server.remove('task-of-page-9');
mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * HOUR });
await until(() => server.subscriptions === 1 && isSame(), `${name} wakes up`);
seen['sleep'] = await hears();

server.startErrors.push({ errorType: 'Unauthorized', message: 'Not Authorized to access onTaskChanged on type Subscription' });
const refusals: unknown[] = [];
client.listen(CHANGES, {}, { onData: () => undefined, onConnected: () => undefined, onEnd: (error: unknown) => refusals.push(error) });
await until(() => refusals.length > 0, `${name} is refused`);
seen['others'] = await hears();

session.token = null;
server.tokens.clear();
server.down();
server.up();
await until(() => ends.length > 0, `${name} notices the end of the session`);
const error = await client.send('{ taskStatistics { total } }').catch((fault: unknown) => fault);
const isOver = (fault: unknown) => fault instanceof SessionOver || (fault as { name?: string }).name === 'SessionOver' ||
  (fault as { networkError?: { name?: string } }).networkError?.name === 'SessionOver';
seen['over'] = [ends.length, ends.every(isOver), isOver(error)];
// Since then, longer than the pause before a new attempt passed.
seen['refusal'] = [refusals.length, server.starts.filter((query) => !query.includes('title')).length];
stop();
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
