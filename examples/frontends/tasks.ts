import type { Observer } from "./observer.js";

export interface Task {
  id: string;
  title: string;
  status: string;
  version: number;
}

interface Api {
  send<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  listen<Data>(query: string, variables: Record<string, unknown>, observer: Observer<Data>): () => void;
}

const PAGE = `query Tasks($nextToken: String) {
  tasksByUser(limit: 100, nextToken: $nextToken) { items { id title status version } nextToken }
}`;
const CHANGES = `subscription Changes {
  onTaskChanged { event task { id userId title description status createdAt updatedAt completedAt version } }
}`;
const SECOND_LOOK = 3_000; // milliseconds

interface Page {
  tasksByUser: { items: Task[]; nextToken: string | null };
}

interface Change {
  onTaskChanged: { event: string; task: Task };
}

export function follow({ send, listen }: Api, show: (tasks: Task[]) => void, onEnd: (error: unknown) => void): () => void {
  const tasks = new Map<string, Task>();
  const deleted = new Set<string>();
  let changes = new Set<string>(); // the tasks that live updates brought since the last read began
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reads = 0;

  const put = (task: Task) => {
    if (!deleted.has(task.id) && task.version > (tasks.get(task.id)?.version ?? 0)) tasks.set(task.id, task);
  };

  async function read(): Promise<void> {
    const number = ++reads;
    changes = new Set();
    const ids = new Set<string>();
    let nextToken: string | null = null;
    do {
      const { tasksByUser: page }: Page = await send<Page>(PAGE, { nextToken });
      if (number !== reads) return; // a newer read began
      page.items.forEach(put);
      for (const { id } of page.items) ids.add(id);
      ({ nextToken } = page);
    } while (nextToken);
    for (const id of tasks.keys()) if (!ids.has(id) && !changes.has(id)) tasks.delete(id);
    show([...tasks.values()]);
  }

  function readSoon(wait: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => read().catch(() => readSoon(SECOND_LOOK)), wait);
  }

  const stop = listen<Change>(CHANGES, {}, {
    onConnected: () => {
      read().then(() => readSoon(SECOND_LOOK), () => readSoon(SECOND_LOOK));
    },
    onData: ({ onTaskChanged: { event, task } }) => {
      changes.add(task.id);
      if (event === "DELETED") {
        deleted.add(task.id);
        tasks.delete(task.id);
      } else {
        put(task);
      }
      show([...tasks.values()]);
    },
    onEnd,
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
