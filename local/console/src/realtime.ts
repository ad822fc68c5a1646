// One subscription over AppSync's WebSocket protocol (AppSync Developer Guide, "Building a real-time WebSocket client").
import type { ExecutionResult } from 'graphql';
import type { Caller } from './callers';

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

export interface Listener {
  next(result: ExecutionResult): void;
  /** The subscription ended without being asked to, or never listened. */
  ended(reason: string): void;
}

export class Refused extends Error {
  constructor(readonly errors: readonly { message: string; errorType?: string }[]) {
    super(errors.map(({ message }) => message).join(' '));
  }
}

const PATIENCE = 15_000; // milliseconds for each answer of the handshake

/** Resolves once the API has acknowledged the subscription, with a function that ends it. Throws Refused, or Error. */
export async function subscribe(graphqlUrl: URL, caller: Caller, headers: Record<string, string>, operation: Operation, listener: Listener): Promise<() => void> {
  const authorized = async (url: URL, body: string) => ({ host: url.host, ...(await caller.authorize(url, body)), ...headers });
  const connect = Object.assign(new URL(graphqlUrl), { pathname: `${graphqlUrl.pathname}/connect` });
  const data = JSON.stringify(operation);
  const [atConnect, atStart] = await Promise.all([authorized(connect, '{}'), authorized(graphqlUrl, data)]);

  const socket = new WebSocket(realtimeUrl(graphqlUrl), ['graphql-ws', `header-${base64Url(JSON.stringify(atConnect))}`]);
  const id = crypto.randomUUID();
  const send = (message: object) => socket.send(JSON.stringify(message));
  const closing = new AbortController(); // removes the listeners
  return new Promise((resolve, reject) => {
    let limit = PATIENCE;
    let silence = setTimeout(() => fail('The API does not answer.'), limit);
    const close = () => {
      clearTimeout(silence);
      closing.abort();
      socket.close();
    };
    const stop = () => {
      if (socket.readyState === WebSocket.OPEN) send({ id, type: 'stop' });
      close();
    };
    const fail = (reason: string, errors?: Refused['errors']) => {
      close();
      reject(errors ? new Refused(errors) : new Error(reason)); // has no effect once the subscription is acknowledged
      listener.ended(reason);
    };
    const refuse = ({ errors }: { errors: Refused['errors'] }) => fail(errors.map(({ message }) => message).join(' '), errors);
    const answers: Record<string, (payload: any) => void> = {
      connection_ack: ({ connectionTimeoutMs }) => {
        limit = connectionTimeoutMs;
        send({ id, type: 'start', payload: { data, extensions: { authorization: atStart } } });
      },
      start_ack: () => resolve(stop),
      data: (payload) => listener.next(payload),
      error: refuse,
      connection_error: refuse,
      complete: () => fail('The API ended the subscription.'),
    };
    const { signal } = closing;
    socket.addEventListener('open', () => send({ type: 'connection_init' }), { signal });
    socket.addEventListener('close', () => fail('The connection was lost.'), { signal });
    socket.addEventListener('message', ({ data: message }) => {
      const { type, payload = {} } = JSON.parse(message);
      // The API sends a keep-alive message more often than its time limit (the same guide).
      clearTimeout(silence);
      silence = setTimeout(() => fail('The API is silent.'), limit);
      answers[type]?.(payload);
    }, { signal });
  });
}

/** AppSync's own host has a twin for WebSockets; every other host serves them at `/realtime`. */
function realtimeUrl(graphqlUrl: URL): URL {
  const url = new URL(graphqlUrl);
  url.protocol = url.protocol.replace('http', 'ws');
  if (url.host.includes('.appsync-api.')) url.host = url.host.replace('.appsync-api.', '.appsync-realtime-api.');
  else url.pathname += '/realtime';
  return url;
}

function base64Url(content: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(content));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
