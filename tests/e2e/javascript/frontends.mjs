// Uses each client of examples/frontends, in Node or bundled for a page. The test puts this file beside the page's
// blocks. `run({ username, password })` returns what each client observed.
import * as amplify from './amplify.js';
import * as apollo from './apollo.js';
import * as client from './client.js';
import { TasksClient } from 'tasks-api-client';
import { url } from './config.js';
import { problemOf } from './errors.js';
import { iam } from './iam.js';
import * as plain from './plain.js';
import { accessToken, signIn, signOut } from './session.js';
import { follow } from './tasks.js';
import * as urql from './urql.js';

const PATIENCE = 60_000; // milliseconds
const CREATE = 'mutation Create($title: String!) { createTask(input: { title: $title }) { id title status } }';
const CREATE_FOR = 'mutation Create($userId: ID!) { createTask(input: { userId: $userId, title: "Signed for" }) { id } }';
const COMPLETE = 'mutation Complete($id: ID!) { completeTask(id: $id) { id status } }';
const COMPLETED = 'subscription Completed { onTaskCompleted { id title status completedAt } }';
const TASK = 'query Task($id: ID!) { task(id: $id) { id } }';

// Node has its own WebSocket since version 22. The script keeps the sockets, so that it can cut them.
const sockets = new Set();
const Native = globalThis.WebSocket ?? (await import('ws')).WebSocket;
globalThis.WebSocket = class extends Native {
  constructor(...given) {
    super(...given);
    sockets.add(this);
  }
};

async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function use(name, api) {
  let connections = 0;
  let shown = [];
  const heard = [];
  const problems = [];
  const onEnd = (error) => problems.push(String(error?.message ?? error));
  const stopFollowing = follow(api, (tasks) => { shown = tasks; }, onEnd);
  const stopListening = api.listen(COMPLETED, {}, {
    onConnected: () => { connections += 1; },
    onData: ({ onTaskCompleted }) => heard.push(onTaskCompleted),
    onEnd,
  });
  try {
    await until(() => connections > 0, `${name} connects (${problems})`);
    const { createTask: created } = await api.send(CREATE, { title: `Buy milk for ${name}` });
    const { completeTask: completed } = await api.send(COMPLETE, { id: created.id });
    await until(() => heard.some(({ id }) => id === created.id), `${name} hears of a completion (${problems})`);

    const before = connections;
    sockets.forEach((socket) => socket.close());
    const { createTask: missed } = await api.send(CREATE, { title: `While ${name} was away` });
    await until(() => connections > before, `${name} connects again (${problems})`);
    await until(() => shown.some(({ id }) => id === missed.id), `${name} reads what it missed (${problems})`);

    const refusal = await api.send(TASK, { id: 'task-of-nobody' }).catch(problemOf);
    return { created, completed, heard: heard.find(({ id }) => id === created.id), refusal };
  } finally {
    stopFollowing();
    stopListening();
  }
}

// A service signs its requests and its subscription, and hears of anybody's tasks.
async function serve({ credentials, userId }) {
  const service = new TasksClient({ url, credentials: iam(credentials) });
  const heard = [];
  let isLive = false;
  service.subscribe(COMPLETED, {}, { onData: ({ onTaskCompleted }) => heard.push(onTaskCompleted), onLive: () => { isLive = true; } });
  try {
    await until(() => isLive, 'the service connects');
    const { createTask: created } = await service.send(CREATE_FOR, { userId });
    await service.send(COMPLETE, { id: created.id });
    await until(() => heard.some(({ id }) => id === created.id), 'the service hears of a completion');
    return heard.find(({ id }) => id === created.id).title;
  } finally {
    service.close();
  }
}

export async function run({ username, password }) {
  await signOut();
  const { nextStep } = await signIn({ username, password });
  if (nextStep.signInStep !== 'DONE') throw new Error(nextStep.signInStep);
  const clients = { amplify, apollo, client, plain, urql };
  // The clients run one after the other, because each run cuts every socket.
  const seen = {};
  for (const [name, api] of Object.entries(clients)) seen[name] = await use(name, api);
  return { ...seen, subject: JSON.parse(atob((await accessToken()).split('.')[1])).sub };
}

if (globalThis.process?.argv?.[2]) {
  const settings = JSON.parse(process.argv[2]);
  const seen = { ...(await run(settings)), signed: await serve(settings) };
  process.stdout.write(JSON.stringify(seen), () => process.exit(0));
}
