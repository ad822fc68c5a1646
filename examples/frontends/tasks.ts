import { problemOf } from "./errors.js";
import type { Observer } from "./observer.js";

export interface Task {
  id: string;
  title: string;
  status: string;
  createdAt: string;
  version: number;
}

interface Api {
  send<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  listen<Data>(query: string, variables: Record<string, unknown>, observer: Observer<Data>): () => void;
}

const CHANGES = `query Changes($since: String) {
  taskChanges(since: $since) { changed { id title status createdAt version } deleted { id version } token hasMore }
}`;
const UPDATES = `subscription Updates {
  onTaskChanged { event task { id userId title description status createdAt updatedAt completedAt version } }
}`;
const SETTLE = 1_000; // milliseconds: on AWS, the index and a new subscription lag for a moment
const AGAIN = 3_000; // after a read that failed

interface Changes {
  taskChanges: { changed: Task[]; deleted: { id: string; version: number }[]; token: string; hasMore: boolean };
}

interface Update {
  onTaskChanged: { event: string; task: Task };
}

export function follow({ send, listen }: Api, show: (tasks: Task[]) => void, onEnd: (error: unknown) => void): () => void {
  const states = new Map<string, { version: number; task: Task | null }>(); // null: deleted
  let since: string | null = null;
  let newest = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reads = 0;

  function put(id: string, version: number, task: Task | null): void {
    if (version <= (states.get(id)?.version ?? 0)) return;
    states.set(id, { version, task });
    if (task && task.createdAt > newest) newest = task.createdAt;
  }

  async function read(): Promise<void> {
    const number = ++reads;
    let token = since;
    for (let hasMore = true; hasMore; ) {
      const { taskChanges: page }: Changes = await send<Changes>(CHANGES, { since: token });
      if (number !== reads) return; // a newer read began
      for (const task of page.changed) put(task.id, task.version, task);
      for (const { id, version } of page.deleted) put(id, version, null);
      ({ token, hasMore } = page);
    }
    since = token;
    showAll();
  }

  function readSoon(wait: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      read().catch((error: unknown) => {
        if (problemOf(error).field === "since") {
          states.clear(); // the table was restored: begin anew
          since = null;
        }
        readSoon(AGAIN);
      });
    }, wait);
  }

  function showAll(): void {
    show([...states.values()].flatMap(({ task }) => task ?? []));
  }

  const stop = listen<Update>(UPDATES, {}, {
    onConnected: () => readSoon(SETTLE),
    onData: ({ onTaskChanged: { event, task } }) => {
      const isNew = event === "CREATED" && task.createdAt > newest;
      if (event !== "DELETED" && !isNew && !states.has(task.id)) return readSoon(SETTLE);
      put(task.id, task.version, event === "DELETED" ? null : task);
      showAll();
    },
    onEnd,
  });
  return () => {
    reads += 1;
    clearTimeout(timer);
    stop();
  };
}
