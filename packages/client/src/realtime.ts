// Live updates: AppSync's WebSocket protocol ("Building a WebSocket client", AWS AppSync Developer Guide). All
// subscriptions of a client share a socket, which is opened with the first and closed with the last.
import { Closed, errorOf, NetworkError, safely, SessionOver, type GraphqlError } from './errors.js';
import type { Session } from './session.js';
import { backoff, onWake, type Pauses } from './time.js';

/** `over`: the session is over; live updates pause until `session.resume()`. */
export type Connection = 'closed' | 'connecting' | 'live' | 'offline' | 'over';

/** How the credentials reach AppSync when the socket opens. Browsers cannot send `headers`; the package `ws` can. */
export type Handshake = 'subprotocol' | 'query' | 'headers';

/** The part of the WebSocket interface that is used. Browsers, Node 22 and the package `ws` have it. */
export interface Socket {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type SocketClass = new (url: string, protocols: string[], options?: { headers: Record<string, string> }) => Socket;

export interface Observer<Data> {
  onData(data: Data): void;
  /** The subscription runs. Called after each connection, so that the caller reads what it missed. */
  onLive?(): void;
  /** The connection is lost. The client connects again by itself. */
  onLost?(error: Error): void;
  /** The API refused the subscription for good. Nothing follows. */
  onRefused?(error: Error): void;
}

export interface RealtimeSettings {
  url: string;
  realtimeUrl: string;
  session: Session;
  handshake: Handshake;
  WebSocket: () => SocketClass;
  pauses: Pauses;
  /** How long each step of a connection may take, in milliseconds. */
  ackWithin: number;
  /** After how long without a message a connection is dead, in milliseconds. AppSync sends one every minute. */
  silence: number;
  /** After how long without a message to ask whether the connection is alive, in milliseconds. */
  pingAfter: number;
  /** How long the answer to that may take, in milliseconds. */
  pongWithin: number;
  /** How often to look for silence, in milliseconds. */
  watchEvery: number;
}

interface Subscription {
  id: string;
  data: string;
  observer: Observer<unknown>;
  state: 'waiting' | 'started' | 'live';
  failures: number;
  /** Until when the API has to acknowledge the subscription, in milliseconds since the epoch. */
  ackBy: number;
  retry?: ReturnType<typeof setTimeout> | undefined;
}

interface Message {
  type: string;
  id?: string;
  payload?: { data?: unknown; errors?: GraphqlError[] | GraphqlError; connectionTimeoutMs?: number };
}

// With these, a new attempt may succeed after a while: the API is busy, or other subscriptions end.
const TEMPORARY = ['LimitExceeded', 'MaxSubscriptionsReached', 'TooManyRequests', 'Internal', 'ServiceUnavailable', 'Throttl', 'Timeout'];
// The credentials were refused. On AWS, the type has the prefix "com.amazonaws.deepdish.graphql.auth#".
const CREDENTIALS = ['UnauthorizedException', 'NotAuthorizedException'];

const isOne = (types: string[], { errorType, message }: GraphqlError) => types.some((type) => (errorType ?? message).includes(type));
const isExpired = (error: GraphqlError) => isOne(CREDENTIALS, error) || /token.*expired/i.test(error.message);

/** Returns the URL for live updates: AppSync's own, or the one of a custom domain, which the local stack also has. */
export function realtimeUrlOf(url: string): string {
  const address = new URL(url);
  address.protocol = address.protocol.replace('http', 'ws');
  if (/\.appsync-api\..*\.amazonaws\.com(\.cn)?$/.test(address.hostname)) {
    address.hostname = address.hostname.replace('.appsync-api.', '.appsync-realtime-api.');
  } else {
    address.pathname += '/realtime';
  }
  return address.href;
}

export class Realtime {
  #settings: RealtimeSettings;
  #subscriptions = new Map<string, Subscription>();
  #state: Connection = 'closed';
  #listeners = new Set<(state: Connection) => void>();
  #socket: Socket | null = null; // the current one; messages of earlier ones are ignored
  #isOpening = false;
  #isAcknowledged = false;
  #authorization: Record<string, string> = {};
  #failures = 0;
  #refusals = 0; // of credentials, in a row
  #signIns = 0; // when the socket was opened
  #lastMessage = 0; // milliseconds since the epoch: unlike a timer, the clock also counts while a computer sleeps
  #pingedAt = 0; // likewise
  #answersPings = false; // whether this API has answered one
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #lastId = 0;
  #isClosed = false;
  #forget: (() => void)[];

  constructor(settings: RealtimeSettings) {
    this.#settings = settings;
    this.#forget = [
      onWake(() => this.wake()),
      settings.session.onChange((state) => {
        if (state === 'active') this.#connect();
        else this.#lose(new SessionOver());
      }),
    ];
  }

  get state(): Connection {
    return this.#state;
  }

  /** Calls the listener with each new state. Returns a function that ends that. */
  onState(listener: (state: Connection) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Starts a subscription. Returns a function that ends it. */
  subscribe(query: string, variables: unknown, observer: Observer<never>): () => void {
    if (this.#isClosed) throw new Closed();
    const id = String(++this.#lastId);
    const data = JSON.stringify({ query, variables });
    const subscription: Subscription = { id, data, observer: observer as Observer<unknown>, state: 'waiting', failures: 0, ackBy: 0 };
    this.#subscriptions.set(id, subscription);
    if (this.#isAcknowledged) void this.#start(subscription);
    else this.#connect();
    return () => this.#remove(subscription);
  }

  /** Looks at once whether the connection is alive, and connects at once if it waits. Call it when a device wakes up. */
  wake(): void {
    if (!this.#endIfSilent() && this.#retry !== undefined) this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    for (const forget of this.#forget) forget();
    for (const subscription of this.#subscriptions.values()) clearTimeout(subscription.retry);
    this.#subscriptions.clear();
    this.#drop();
    this.#change('closed');
  }

  #change(state: Connection): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) safely(() => listener(state));
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#isClosed || this.#socket || this.#isOpening || this.#subscriptions.size === 0) return;
    if (this.#settings.session.state === 'over') return this.#change('over');
    if (this.#state !== 'offline') this.#change('connecting');
    this.#isOpening = true;
    void this.#open()
      .catch((error: Error) => this.#lose(error))
      .finally(() => {
        this.#isOpening = false;
        // The last subscription may have ended meanwhile.
        if (this.#subscriptions.size === 0) this.#stop();
      });
  }

  async #open(): Promise<void> {
    const { url, realtimeUrl, session, handshake, WebSocket } = this.#settings;
    const host = new URL(url).host;
    if (this.#signIns !== session.signIns) this.#refusals = 0;
    this.#signIns = session.signIns;
    const target = { url: `${url}/connect`, body: '{}', refresh: this.#refusals > 0 };
    this.#authorization = { host, ...(await session.headers(target)) };
    if (this.#isClosed || this.#subscriptions.size === 0) return;
    const header = base64(JSON.stringify(this.#authorization));
    const protocols = ['graphql-ws'];
    const address = new URL(realtimeUrl);
    let options: { headers: Record<string, string> } | undefined;
    if (handshake === 'query') {
      address.searchParams.set('header', header);
      address.searchParams.set('payload', base64('{}'));
    } else if (handshake === 'headers') {
      options = { headers: this.#authorization };
    } else {
      protocols.push(`header-${header.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`);
    }
    const Class = WebSocket();
    const socket = options ? new Class(address.href, protocols, options) : new Class(address.href, protocols);
    this.#socket = socket;
    this.#isAcknowledged = false;
    this.#lastMessage = Date.now();
    const isCurrent = () => this.#socket === socket;
    // The handlers stay on a socket that was given up: `ws` throws an error event that nobody handles.
    socket.onerror = () => isCurrent() && this.#lose(new NetworkError('The connection for live updates failed.'));
    socket.onclose = () => isCurrent() && this.#lose(new NetworkError('The connection for live updates was lost.'));
    socket.onopen = () => isCurrent() && this.#say({ type: 'connection_init' });
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (isCurrent()) safely(() => this.#receive(JSON.parse(String(data)) as Message));
    };
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#endIfSilent(), this.#settings.watchEvery);
  }

  #say(message: unknown): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #receive({ type, id, payload }: Message): void {
    this.#lastMessage = Date.now();
    const subscription = this.#subscriptions.get(id ?? '');
    const [error] = [payload?.errors ?? []].flat();
    switch (type) {
      case 'connection_ack':
        this.#isAcknowledged = true;
        for (const waiting of this.#subscriptions.values()) void this.#start(waiting);
        break;
      case 'start_ack':
        if (subscription) this.#acknowledged(subscription);
        break;
      case 'data':
        if (subscription && payload?.data) subscription.observer.onData(payload.data);
        break;
      case 'complete':
        // The API ended the subscription. If the user may no longer listen, the next start is refused.
        if (subscription) this.#startLater(subscription, new NetworkError('The API ended the subscription.'));
        break;
      case 'connection_error':
        this.#refuseConnection(error ?? { message: 'The connection was refused.' });
        break;
      case 'error':
        if (subscription) this.#refuse(subscription, error ?? { message: 'The subscription was refused.' });
        else if (error && isOne(['UnsupportedOperation'], error)) this.#answersPings = true;
        else if (error) this.#lose(errorOf(error));
        break;
    }
  }

  async #start(subscription: Subscription): Promise<void> {
    const { url, session, ackWithin } = this.#settings;
    const { id, data } = subscription;
    const socket = this.#socket;
    clearTimeout(subscription.retry);
    subscription.state = 'started';
    subscription.ackBy = Date.now() + ackWithin;
    let authorization: Record<string, string>;
    try {
      authorization = await session.headers({ url, body: data, refresh: false });
    } catch (error) {
      if (this.#socket === socket) this.#lose(error as Error);
      return;
    }
    if (this.#socket !== socket || !this.#subscriptions.has(id)) return;
    const { host } = this.#authorization;
    this.#say({ id, type: 'start', payload: { data, extensions: { authorization: { host, ...authorization } } } });
  }

  #acknowledged(subscription: Subscription): void {
    subscription.state = 'live';
    subscription.failures = 0;
    this.#failures = 0;
    this.#refusals = 0;
    this.#change('live');
    if (!this.#answersPings) this.#ping();
    subscription.observer.onLive?.();
  }

  #startLater(subscription: Subscription, error: Error): void {
    const wasLive = subscription.state === 'live';
    subscription.state = 'waiting';
    subscription.failures += 1;
    if (wasLive) safely(() => subscription.observer.onLost?.(error));
    subscription.retry = setTimeout(() => {
      if (this.#isAcknowledged) void this.#start(subscription);
    }, backoff(this.#settings.pauses, subscription.failures));
  }

  #refuse(subscription: Subscription, error: GraphqlError): void {
    if (isExpired(error)) return this.#refuseConnection(error);
    if (isOne(TEMPORARY, error)) return this.#startLater(subscription, errorOf(error));
    this.#subscriptions.delete(subscription.id);
    safely(() => subscription.observer.onRefused?.(errorOf(error)));
    if (this.#subscriptions.size === 0) this.#stop();
  }

  #refuseConnection(error: GraphqlError): void {
    if (isOne(TEMPORARY, error)) return this.#lose(errorOf(error));
    if (isExpired(error)) {
      this.#refusals += 1;
      if (this.#refusals === 1 || this.#signIns !== this.#settings.session.signIns) {
        this.#drop();
        return this.#connect(); // with fresh credentials
      }
      this.#refusals = 0;
      return this.#settings.session.end();
    }
    const refused = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    this.#stop();
    for (const { observer } of refused) safely(() => observer.onRefused?.(errorOf(error)));
  }

  #remove(subscription: Subscription): void {
    clearTimeout(subscription.retry);
    if (!this.#subscriptions.delete(subscription.id)) return;
    if (this.#subscriptions.size === 0) this.#stop();
    else if (subscription.state !== 'waiting') this.#say({ id: subscription.id, type: 'stop' });
  }

  /** Returns whether the connection was dead. */
  #endIfSilent(): boolean {
    if (!this.#socket) return false;
    const { silence, ackWithin, pingAfter, pongWithin } = this.#settings;
    const now = Date.now();
    const late = [...this.#subscriptions.values()].some(({ state, ackBy }) => state === 'started' && now > ackBy);
    const silent = now - this.#lastMessage;
    const isPinged = this.#pingedAt > this.#lastMessage;
    const isUnanswered = this.#answersPings && isPinged && now - this.#pingedAt > pongWithin;
    const isDead = silent > (this.#isAcknowledged ? silence : ackWithin) || late || isUnanswered;
    if (!isDead && this.#isAcknowledged && this.#answersPings && !isPinged && silent >= pingAfter) this.#ping();
    if (isDead) this.#lose(new NetworkError('The connection for live updates is silent.'));
    return isDead;
  }

  /**
   * Asks whether the connection is alive. AppSync has no message for that, but answers one that it does not know with an
   * error. An API that stays silent is not asked again; its keep-alives come every minute.
   */
  #ping(): void {
    this.#pingedAt = Date.now();
    this.#say({ type: 'ping' });
  }

  /** Gives up the connection, and connects again later. */
  #lose(error: Error): void {
    this.#drop();
    if (this.#isClosed || this.#subscriptions.size === 0) return;
    const lost = [...this.#subscriptions.values()].filter(({ state }) => state === 'live');
    for (const subscription of this.#subscriptions.values()) {
      clearTimeout(subscription.retry);
      subscription.state = 'waiting';
    }
    if (this.#settings.session.state === 'over') {
      this.#change('over');
    } else {
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#connect(), backoff(this.#settings.pauses, this.#failures));
      this.#change('offline');
    }
    for (const { observer } of lost) safely(() => observer.onLost?.(error));
  }

  #stop(): void {
    this.#drop();
    this.#change('closed');
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = null; // first: a socket may report its end at once
    this.#isAcknowledged = false;
    socket?.close(1000);
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
