// What the tests share: a server and clients that wait only milliseconds where others wait seconds.
import { afterEach } from 'node:test';
import { WebSocket } from 'ws';
import { TasksClient, userPool, type Settings, type Times } from '../src/index.js';
import { TestServer } from './server.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Calls the function after the test. */
export function afterwards(end: () => unknown): void {
  ends.push(end);
}

export const TIMES: Times = {
  credentialsWithin: 5_000,
  answerWithin: 5_000,
  throttlePatience: 5_000,
  ackWithin: 5_000,
  silence: 60_000,
  pingAfter: 60_000,
  pongWithin: 60_000,
  watchEvery: 5,
  pauses: { first: 4, longest: 16 },
};

export async function aServer(): Promise<TestServer> {
  const server = await TestServer.start();
  afterwards(() => server.close());
  return server;
}

export function aClient(server: TestServer, { times, ...settings }: Partial<Settings> = {}): TasksClient {
  const client = new TasksClient({
    url: server.url,
    credentials: userPool(async () => 'token-1'),
    WebSocket,
    ...settings,
    times: { ...TIMES, ...times },
  });
  afterwards(() => client.close());
  return client;
}

