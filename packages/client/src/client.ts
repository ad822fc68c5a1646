// The client: a session, queries and mutations over HTTP, and live updates over a WebSocket.
import { Http, type Document, type SendOptions } from './http.js';
import { Realtime, realtimeUrlOf, type Connection, type Handshake, type Observer, type SocketClass } from './realtime.js';
import { Session, type Credentials } from './session.js';
import type { Pauses } from './time.js';

export interface Settings {
  /** The URL of the API, for example the stack's output `GraphqlUrl`. */
  url: string;
  credentials: Credentials;
  /** The URL for live updates, by default the one that belongs to `url`. */
  realtimeUrl?: string;
  /** How the socket passes the credentials: `subprotocol` by default. */
  handshake?: Handshake;
  fetch?: typeof fetch;
  /** The class for sockets, by default `globalThis.WebSocket`. Node 20 has none: pass `WebSocket` of the package `ws`. */
  WebSocket?: unknown;
  /** Times in milliseconds; every one has a default. */
  times?: Partial<Times>;
}

/** Times in milliseconds. */
export interface Times {
  /** How long the credentials may take: 20 seconds. */
  credentialsWithin: number;
  /** How long an answer may take: 35 seconds, because AppSync stops an execution after 30. */
  answerWithin: number;
  /** How long a request may wait in all while the API throttles: 60 seconds. Beyond that, TooManyRequests is thrown. */
  throttlePatience: number;
  /** How long the steps of a connection for live updates may take: 15 seconds. */
  ackWithin: number;
  /** After how long without a message a connection is dead: 75 seconds, because AppSync sends one every minute. */
  silence: number;
  /** After how long without a message to ask whether the connection is alive: 8 seconds. */
  pingAfter: number;
  /** How long the answer to that may take: 6 seconds. */
  pongWithin: number;
  /** How often to look for silence: 2 seconds. */
  watchEvery: number;
  /** The pauses before new connections: from 1 second to 30 seconds, half of it random. */
  pauses: Pauses;
}

const TIMES: Times = {
  credentialsWithin: 20_000,
  answerWithin: 35_000,
  throttlePatience: 60_000,
  ackWithin: 15_000,
  silence: 75_000,
  pingAfter: 8_000,
  pongWithin: 6_000,
  watchEvery: 2_000,
  pauses: { first: 1_000, longest: 30_000 },
};

export class TasksClient {
  readonly session: Session;
  #http: Http;
  #realtime: Realtime;

  constructor(settings: Settings) {
    const { url, credentials, handshake = 'subprotocol', realtimeUrl = realtimeUrlOf(url) } = settings;
    const times = { ...TIMES, ...settings.times };
    this.session = new Session(credentials, times.credentialsWithin);
    const { session } = this;
    const send = settings.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request));
    this.#http = new Http({ url, session, fetch: send, ...times });
    const WebSocket = () => (settings.WebSocket ?? globalThis.WebSocket) as SocketClass;
    this.#realtime = new Realtime({ url, realtimeUrl, session, handshake, WebSocket, ...times });
  }

  /**
   * Sends a query or a mutation and returns its data. Throws ApiError, NetworkError, ServerError or SessionOver.
   *
   * It repeats a request by itself only when nothing can have been stored: after refused credentials, with fresh ones,
   * and after throttling, when the time that the API demanded has passed.
   */
  async send<Result, Variables>(document: Document<Result, Variables>, variables: Variables, options?: SendOptions): Promise<Result> {
    return (await this.#http.send(document.toString(), variables, options)) as Result;
  }

  /** Follows a subscription across lost connections. Returns a function that ends it. */
  subscribe<Result, Variables>(document: Document<Result, Variables>, variables: Variables, observer: Observer<Result>): () => void {
    return this.#realtime.subscribe(document.toString(), variables, observer);
  }

  /** The state of the connection for live updates. */
  get connection(): Connection {
    return this.#realtime.state;
  }

  /** Calls the listener with each new state of the connection. Returns a function that ends that. */
  onConnection(listener: (connection: Connection) => void): () => void {
    return this.#realtime.onState(listener);
  }

  /** Tries the connection at once. A page does it by itself; call it when another device wakes up or comes online. */
  wake(): void {
    this.#realtime.wake();
  }

  /** Ends all subscriptions. */
  close(): void {
    this.#realtime.close();
  }
}
