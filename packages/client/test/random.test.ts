// Random pages, changes, outages, lost answers and late updates: in the end, every page shows what the server has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from '../src/index.js';
import { memoryStorage, openTasks, type Storage, type TaskStore } from '../src/sync/index.js';
import { until, type TestServer } from './server.js';
import { aClient, aServer, afterwards } from './setting.js';

const STEPS = 250;

/** Returns a function that returns random integers below its argument (Mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class Page {
  readonly storage: Storage = memoryStorage();
  store!: TaskStore;
  close!: () => void;

  constructor(readonly server: TestServer) {}

  async open(): Promise<void> {
    const client = aClient(this.server);
    this.store = await openTasks(client, { userId: 'alice', storage: this.storage, times: { settle: 5, pauses: { first: 4, longest: 16 } } });
    const { store } = this;
    this.close = () => {
      store.close();
      client.close();
    };
    afterwards(this.close);
  }

  change(roll: (below: number) => number, step: number): void {
    const task = this.store.rows().toSorted((a, b) => (a.id < b.id ? 1 : -1))[roll(8)];
    const kind = (['create', 'edit', 'edit', 'start', 'complete', 'cancel', 'reopen', 'delete'] as const)[roll(8)]!;
    if (kind === 'create') void this.store.create({ title: roll(9) ? `Step ${step}` : ' ' });
    else if (kind === 'edit' && task) void this.store.edit(task.id, { [roll(2) ? 'title' : 'description']: `Step ${step}` });
    else if (kind !== 'edit' && task) void this.store[kind](task.id);
  }
}

const essence = (tasks: Iterable<Task>) =>
  [...tasks].map(({ id, version, status, title, description }) => `${id} ${version} ${status} ${title} ${description}`).toSorted();

for (const seed of [1, 2, 3]) {
  test(`pages and server agree after ${STEPS} random steps, seed ${seed}`, async () => {
    const roll = dice(seed);
    const server = await aServer();
    server.pageSize = 7;
    const pages = [new Page(server), new Page(server)];
    for (const page of pages) await page.open();
    const late: Task[] = [];
    const known = () => [...server.tasks.values()][roll(server.tasks.size || 1)];
    const steps = [
      () => late.push(server.put({ id: `task-${roll(1e9)}`, title: 'Theirs' })),
      () => known() && late.push(server.put({ id: known()!.id, [roll(2) ? 'title' : 'description']: `Theirs ${roll(100)}` })),
      () => known() && server.put({ id: known()!.id, status: (['PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED'] as const)[roll(4)]! }),
      () => known() && server.remove(known()!.id),
      () => late.length && server.publish('onTaskChanged', 'alice', { event: 'UPDATED', task: late[roll(late.length)] }),
      () => server.down({ reset: roll(2) === 0 }),
      () => server.up(),
      () => server.up(),
      () => server.faults.push('after'),
    ];

    for (let step = 0; step < STEPS; step++) {
      const page = pages[roll(2)]!;
      if (roll(2)) page.change(roll, step);
      else steps[roll(steps.length)]!();
      if (roll(40) === 0) {
        page.close();
        await page.open();
      }
      if (roll(3) === 0) await new Promise((resolve) => setTimeout(resolve, roll(3)));
    }
    server.faults.length = 0;
    server.up();
    await until(() => {
      for (const { store } of pages) store.refreshPending();
      return pages.every(({ store }) => store.pending.length === 0 && store.status === 'live');
    }, 'everything is stored');

    const actual = essence(server.tasks.values());
    for (const { store } of pages) {
      await until(() => essence(store.rows()).join() === actual.join(), 'the same').catch(() => assert.deepEqual(essence(store.rows()), actual));
      assert(store.rows().every(({ $synced }) => $synced));
    }
    for (const { storage } of pages) assert.deepEqual(await storage.keys(), []);
  });
}
