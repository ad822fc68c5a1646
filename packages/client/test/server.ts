// A small AppSync in this process: it executes the API's schema over tasks in memory, speaks AppSync's HTTP and WebSocket
// protocols, and fails in the ways that the tests ask for.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { buildSchema, GraphQLError, graphql, Kind, parse, validate, type OperationDefinitionNode } from 'graphql';
import { WebSocket, WebSocketServer } from 'ws';
import type { CreateTaskInput, MoveTaskInput, Task, TaskActionInput, TaskStatus, UpdateTaskInput } from '../src/index.js';
import { dueOf, momentOf } from '../src/sync/merge.js';

const APPSYNC = `
  scalar AWSDate
  scalar AWSDateTime
  scalar AWSURL
  directive @aws_cognito_user_pools on OBJECT | FIELD_DEFINITION
  directive @aws_api_key on OBJECT | FIELD_DEFINITION
  directive @aws_iam on OBJECT | FIELD_DEFINITION
  directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
`;
const FILE = process.env['SCHEMA_FILE'] ?? new URL('../../../../schema.graphql', import.meta.url); // from test/.built/
const schema = buildSchema(APPSYNC + readFileSync(FILE, 'utf8'));

const TRANSITIONS: Record<string, { from: TaskStatus[]; to: TaskStatus }> = {
  startTask: { from: ['PENDING'], to: 'IN_PROGRESS' },
  completeTask: { from: ['PENDING', 'IN_PROGRESS'], to: 'COMPLETED' },
  cancelTask: { from: ['PENDING', 'IN_PROGRESS'], to: 'CANCELLED' },
  reopenTask: { from: ['COMPLETED', 'CANCELLED'], to: 'PENDING' },
};

type Refusal = { errorType: string; message: string; errorInfo: unknown; data: Task | null };
const refusal = (errorType: string, message: string, errorInfo: unknown = null, data: Task | null = null) =>
  new GraphQLError(message, { extensions: { errorType, errorInfo, data } satisfies Omit<Refusal, 'message'> });
const brokenRule = (field: string, rule: string, facts: object) => {
  const error = { field, rule, ...facts };
  return refusal('ValidationError', `${field} ${rule}`, { ...error, errors: [error] });
};
const TITLE = { code: 'LENGTH', min: 1, max: 200 };

interface Listener {
  socket: WebSocket;
  id: string;
  field: string;
  userId: string;
}

/** What a request was, and what it answered. */
export interface Call {
  operation: string;
  variables: Record<string, unknown>;
  bytes: number;
}

export class TestServer {
  /** The users of the tokens that the server accepts. */
  readonly tokens = new Map([['token-1', 'alice']]);
  readonly tasks = new Map<string, Task>();
  /** The requests, with the size of their answers in bytes. */
  readonly calls: Call[] = [];
  /** The documents of the subscriptions that were started, refused ones too. */
  readonly starts: string[] = [];
  /** The handshakes of the sockets. */
  readonly handshakes: ('subprotocol' | 'query' | 'headers')[] = [];
  /** Answers instead of the API, once each, in this order. `hang` answers when the server closes. */
  readonly faults: (((response: ServerResponse) => void) | 'after')[] = [];
  /** The operations that fail, as when a Lambda does, and how often they did. */
  readonly broken = new Map<string, number>();
  /** Errors that the next subscriptions get. */
  readonly startErrors: { errorType: string; message: string }[] = [];
  /** Errors that the next sockets get. */
  readonly connectionErrors: { errorType: string; message: string; errorCode?: number }[] = [];
  /** Whether the server takes sockets and messages but says nothing. */
  isSilent = false;
  /** Whether the server answers messages that it does not know with an error, as AppSync does, and how many came. */
  answersPings = true;
  pings = 0;
  /** Whether live updates are lost. */
  isDeaf = false;
  pageSize = 100;
  #server: Server;
  #sockets = new Set<Socket>();
  #listeners: Listener[] = [];
  #log: { id: string; userId: string; version: number; isDeleted: boolean }[] = [];
  #byToken = new Map<string, { id: string; content: string }>();
  #isDown = false;
  #epoch = 1;
  #lastId = 0;
  #wires;

  private constructor() {
    this.#wires = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (offered.has('graphql-ws') ? 'graphql-ws' : false),
    });
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      if (this.#isDown) return socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.isSilent) return;
      this.#wires.handleUpgrade(request, socket, head, (wire) => this.#speak(wire, request));
    });
  }

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    await new Promise<void>((ready) => server.#server.listen(0, '127.0.0.1', ready));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  get subscriptions(): number {
    return this.#listeners.length;
  }

  /** Cuts all connections and takes no new ones, as if the network were gone. `reset`: with ECONNRESET. */
  down({ reset = false } = {}): void {
    this.#isDown = true;
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    this.#listeners = [];
  }

  up(): void {
    this.#isDown = false;
  }

  async close(): Promise<void> {
    this.down();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** Says nothing more to the sockets that are open, as if their computers slept. */
  freeze(): void {
    for (const wire of this.#wires.clients) wire.removeAllListeners('message');
    this.#listeners = [];
  }

  /** Ends the listeners' subscriptions, as AppSync does when a user may no longer listen. */
  invalidate(): void {
    for (const { socket, id } of this.#listeners) socket.send(JSON.stringify({ type: 'complete', id }));
    this.#listeners = [];
  }

  /** Changes a task as another client of the user does. */
  put(change: Partial<Task> & { id: string }, userId = 'alice'): Task {
    const before = this.tasks.get(change.id);
    const now = new Date(Date.UTC(2026, 0, 1) + ++this.#lastId).toISOString();
    const after: Task = {
      userId,
      title: 'A task',
      description: '',
      due: null,
      priority: 'NONE',
      labels: [],
      remindAt: null,
      status: 'PENDING',
      createdAt: now,
      completedAt: null,
      rank: String(1e15 - Date.parse(now)).padStart(16, '0'),
      ...before,
      ...change,
      updatedAt: now,
      version: (before?.version ?? 0) + 1,
    };
    this.tasks.set(after.id, after);
    this.#record(after, before ? 'UPDATED' : 'CREATED');
    return after;
  }

  /** Refuses the tokens of earlier answers, as after a restore of the table. */
  forgetTokens(): void {
    this.#epoch += 1;
  }

  remove(id: string): Task {
    const task = this.tasks.get(id)!;
    this.tasks.delete(id);
    this.#record({ ...task, version: task.version + 1 }, 'DELETED');
    return task;
  }

  #record(task: Task, event: string): void {
    this.#log.push({ id: task.id, userId: task.userId, version: task.version, isDeleted: event === 'DELETED' });
    this.publish('onTaskChanged', task.userId, { event, task: { ...task, history: null } });
  }

  /** Sends a live update. */
  publish(field: string, userId: string, value: unknown): void {
    if (this.isDeaf) return;
    for (const listener of this.#listeners) {
      if (listener.field !== field || listener.userId !== userId) continue;
      listener.socket.send(JSON.stringify({ type: 'data', id: listener.id, payload: { data: { [field]: value } } }));
    }
  }

  #userOf(authorization: Record<string, unknown>): string | null {
    const named = Object.fromEntries(Object.entries(authorization).map(([name, value]) => [name.toLowerCase(), value]));
    if (named['x-api-key'] === 'a-key') return 'alice';
    return this.tokens.get(String(named['authorization'])) ?? null;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.isSilent) return;
    const fault = this.faults.shift();
    if (fault && fault !== 'after') return fault(response);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { query: string; variables?: Record<string, unknown> };
    const userId = this.#userOf(request.headers);
    if (!userId) {
      response.writeHead(401, { 'content-type': 'application/json', 'x-amzn-errortype': 'UnauthorizedException' });
      return void response.end(JSON.stringify({ errors: [{ errorType: 'UnauthorizedException', message: 'Token has expired.' }] }));
    }
    const operation = /(?:query|mutation)\s+(\w+)/.exec(body.query)?.[1] ?? '?';
    const failures = this.broken.get(operation);
    if (failures !== undefined) {
      this.broken.set(operation, failures + 1);
      return void response.writeHead(500).end();
    }
    const errors = validate(schema, parse(body.query));
    const result = errors.length
      ? { data: null, errors }
      : await graphql({ schema: schema, source: body.query, variableValues: body.variables ?? null, rootValue: this.#root(userId) });
    const text = JSON.stringify({
      data: result.data,
      ...(result.errors && {
        errors: result.errors.map(({ message, path, extensions }) =>
          errors.length ? { message: `Validation error of type FieldUndefined: ${message}`, path: null, locations: null } : { message, path, errorType: null, errorInfo: null, ...extensions }),
      }),
    });
    this.calls.push({ operation, variables: body.variables ?? {}, bytes: text.length });
    if (fault === 'after') return void response.destroy(); // the change was made, and the answer is lost
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  }

  #root(userId: string): Record<string, (input: never) => unknown> {
    const own = (id: string) => {
      const task = this.tasks.get(id);
      if (!task || task.userId !== userId) throw refusal('TaskNotFound', 'There is no such task.', { id });
      return task;
    };
    const transitions = Object.fromEntries(Object.entries(TRANSITIONS).map(([name, { from, to }]) => [
      name,
      ({ id, expectedVersion }: { id: string; expectedVersion?: number }) => {
        const task = own(id);
        expect(task, expectedVersion);
        if (!from.includes(task.status)) {
          throw refusal('InvalidTransition', `The task is ${task.status}.`, { code: 'TRANSITION', currentStatus: task.status, wantedStatus: to, currentVersion: task.version }, task);
        }
        return this.put({ id, status: to, completedAt: to === 'COMPLETED' ? new Date().toISOString() : null });
      },
    ]));
    const deleteTask = ({ id, expectedVersion }: { id: string; expectedVersion?: number }) => {
      expect(own(id), expectedVersion);
      return this.remove(id);
    };
    const actions: Record<string, (input: { id: string; expectedVersion?: number }) => Task> = { ...transitions, deleteTask };
    return {
      ...actions,
      changeTasks: ({ input }: { input: TaskActionInput[] }) =>
        input.map(({ id, action, expectedVersion }) => {
          try {
            return { id, task: actions[`${action.toLowerCase()}Task`]!({ id, ...(expectedVersion != null && { expectedVersion }) }) };
          } catch (error) {
            const { message, extensions } = error as GraphQLError;
            return { id, problem: { message, errorType: extensions['errorType'], ...(extensions['errorInfo'] as object) } };
          }
        }),
      task: ({ id }: { id: string }) => ({ ...own(id), history: [] }),
      tasks: ({ ids }: { ids: string[] }) => ids.map((id) => this.tasks.get(id)).map((task) => (task?.userId === userId ? task : null)),
      tasksByUser: ({ limit, nextToken, status }: { limit?: number; nextToken?: string; status?: TaskStatus }) => {
        const size = Math.min(limit ?? 20, this.pageSize);
        const all = [...this.tasks.values()]
          .filter((task) => task.userId === userId && (!status || task.status === status))
          .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
        const start = nextToken ? all.findIndex(({ createdAt }) => createdAt < nextToken) : 0;
        const items = start < 0 ? [] : all.slice(start, start + size);
        const last = items.at(-1);
        return { items, nextToken: last && last !== all.at(-1) ? last.createdAt : null };
      },
      taskChanges: ({ since, limit }: { since?: string; limit?: number }) => {
        if (since && !since.includes(`:${this.#epoch}:`)) throw brokenRule('since', 'is no token', { code: 'REFERENCE' });
        const size = Math.min(limit ?? 100, this.pageSize);
        // Without a token, all tasks in pages; then the changes since the first of these pages.
        const first = /^all:\d+:(\d+):(.*)$/.exec(since ?? `all:${this.#epoch}:${this.#log.length}:`);
        if (first) {
          const rest = [...this.tasks.values()].filter((task) => task.userId === userId && task.id > first[2]!).toSorted((a, b) => (a.id < b.id ? -1 : 1));
          const changed = rest.slice(0, size);
          const hasMore = rest.length > size;
          const token = hasMore ? `all:${this.#epoch}:${first[1]}:${changed.at(-1)!.id}` : `since:${this.#epoch}:${first[1]}`;
          return { changed, deleted: [], token, hasMore };
        }
        const position = Number(since!.split(':')[2]);
        const entries = this.#log.slice(position, position + size);
        const ids = [...new Set(entries.filter((entry) => entry.userId === userId).map(({ id }) => id))];
        return {
          changed: ids.flatMap((id) => this.tasks.get(id) ?? []),
          deleted: entries.filter(({ isDeleted, userId: owner }) => isDeleted && owner === userId).map(({ id, version }) => ({ id, version })),
          token: `since:${this.#epoch}:${position + entries.length}`,
          hasMore: position + size < this.#log.length,
        };
      },
      taskStatistics: () => ({ userId, total: this.tasks.size, pending: 0, inProgress: 0, completed: 0, cancelled: 0, completedToday: 0, completedLast7Days: 0 }),
      createTask: ({ input }: { input: CreateTaskInput & { id?: string } }) => {
        const { title, description, due, priority, labels, remindAt } = input;
        if (!title.trim()) throw brokenRule('title', 'is empty', TITLE);
        const token = input.id ?? input.clientToken ?? undefined;
        const content = JSON.stringify([title, description ?? '', due, priority, labels, remindAt]);
        const earlier = token === undefined ? undefined : this.#byToken.get(token);
        if (earlier && earlier.content !== content) throw refusal('Conflict', 'The token was used.', { code: 'OTHER_CONTENT', field: 'clientToken' });
        if (earlier) return own(earlier.id);
        const task = this.put({ id: input.id ?? `task-${++this.#lastId}`, title, description: description ?? '', due: dueOf(due), priority: priority ?? 'NONE', labels: labels ?? [], remindAt: momentOf(remindAt) }, userId);
        if (token !== undefined) this.#byToken.set(token, { id: task.id, content });
        return task;
      },
      updateTask: ({ input }: { input: UpdateTaskInput }) => {
        const task = own(input.id);
        expect(task, input.expectedVersion);
        if (input.title != null && !input.title.trim()) throw brokenRule('title', 'is empty', TITLE);
        if (['COMPLETED', 'CANCELLED'].includes(task.status)) {
          throw refusal('InvalidTransition', 'The details cannot be edited.', { code: 'CLOSED', currentStatus: task.status, wantedStatus: null, currentVersion: task.version }, task);
        }
        return this.put({
          id: task.id,
          title: input.title ?? task.title,
          description: input.description ?? task.description,
          due: input.clear?.includes('DUE') ? null : input.due ? dueOf(input.due) : task.due,
          priority: input.priority ?? task.priority,
          labels: input.labels ?? task.labels,
          remindAt: input.clear?.includes('REMIND_AT') ? null : input.remindAt ? momentOf(input.remindAt) : task.remindAt,
        });
      },
      moveTask: ({ input: { id, after, before, expectedVersion } }: { input: MoveTaskInput }) => {
        expect(own(id), expectedVersion);
        const [low, high] = [after, before].map((neighbor) => (neighbor ? own(neighbor).rank : undefined));
        return this.put({ id, rank: low === undefined ? high!.slice(0, -1) : `${low}5` });
      },
    };
  }

  #speak(wire: WebSocket, request: IncomingMessage): void {
    const say = (message: unknown) => wire.send(JSON.stringify(message));
    const { authorization, handshake } = handshakeOf(request);
    this.handshakes.push(handshake);
    wire.on('error', () => undefined);
    wire.on('close', () => {
      this.#listeners = this.#listeners.filter(({ socket }) => socket !== wire);
    });
    const refused = this.connectionErrors.shift() ??
      (this.#userOf(authorization) ? null : {
        errorType: 'com.amazonaws.deepdish.graphql.auth#UnauthorizedException',
        message: 'You are not authorized to make this call.',
        errorCode: 400,
      });
    wire.on('message', (text) => {
      if (this.isSilent) return;
      const { type, id, payload } = JSON.parse(String(text)) as { type: string; id: string; payload: { data: string; extensions: { authorization: Record<string, string> } } };
      if (type === 'connection_init') {
        if (refused) {
          say({ payload: { errors: [refused] }, type: 'connection_error' });
          return wire.close();
        }
        say({ type: 'connection_ack', payload: { connectionTimeoutMs: 300_000 } });
        say({ type: 'ka' });
      }
      if (type === 'ping' && this.answersPings) {
        this.pings += 1;
        say({ type: 'error', id: '', payload: { errors: [{ errorType: 'UnsupportedOperation', message: 'unknown not supported through the realtime channel' }] } });
      }
      if (type === 'stop') {
        this.#listeners = this.#listeners.filter((listener) => listener.socket !== wire || listener.id !== id);
        say({ type: 'complete', id });
      }
      if (type !== 'start') return;
      const { query, variables } = JSON.parse(payload.data) as { query: string; variables: { userId?: string } };
      this.starts.push(query);
      const user = this.#userOf(payload.extensions.authorization);
      const error = this.startErrors.shift() ?? (user ? null : { errorType: 'UnauthorizedException', message: 'Token has expired.' });
      if (error) return say({ id, type: 'error', payload: { errors: [error] } });
      const [invalid] = validate(schema, parse(query));
      if (invalid) return say({ id, type: 'error', payload: { errors: [{ message: invalid.message }] } });
      const [selection] = (parse(query).definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode).selectionSet.selections;
      const field = selection?.kind === Kind.FIELD ? selection.name.value : '';
      this.#listeners.push({ socket: wire, id, field, userId: variables?.userId ?? user! });
      say({ id, type: 'start_ack' });
    });
  }
}

function handshakeOf(request: IncomingMessage): { authorization: Record<string, unknown>; handshake: 'subprotocol' | 'query' | 'headers' } {
  const header = new URL(request.url!, 'http://host').searchParams.get('header');
  if (header) return { authorization: decoded(header), handshake: 'query' };
  const protocol = request.headers['sec-websocket-protocol']?.split(/, ?/).find((name) => name.startsWith('header-'));
  if (protocol) return { authorization: decoded(protocol.slice('header-'.length)), handshake: 'subprotocol' };
  return { authorization: request.headers, handshake: 'headers' };
}

function decoded(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text, 'base64').toString()) as Record<string, unknown>;
}

function expect(task: Task, expectedVersion?: number | null): void {
  if (expectedVersion == null || expectedVersion === task.version) return;
  throw refusal('Conflict', 'The task was changed.', { code: 'VERSION', currentVersion: task.version, currentStatus: task.status }, task);
}

/** Waits until the condition holds, at most ten seconds. */
export async function until(condition: () => unknown, what: string): Promise<void> {
  const end = performance.now() + Number(process.env.PATIENCE ?? 10_000); // a test may set the clock
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
