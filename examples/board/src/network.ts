// What the page sends and receives. It can make the network slow or take it away, to show what the board does then.

export type Mode = 'online' | 'slow' | 'offline';

/** A request and its answer. */
export interface Exchange {
  id: number;
  kind: 'query' | 'mutation';
  name: string;
  document: string;
  variables: Record<string, unknown>;
  /** The answer, or undefined while there is none. */
  answer?: unknown;
  failed?: boolean;
  milliseconds?: number;
  /** The size of the answer's body. */
  bytes?: number;
}

const DELAY = 1_500; // milliseconds, each way, on the slow network
const KEPT = 50;

const later = (action: () => void) => void setTimeout(action, DELAY);

export class Network {
  #mode: Mode = 'online';
  #exchanges: readonly Exchange[] = [];
  #listeners = new Set<() => void>();
  #sockets = new Set<WebSocket>();
  #lastId = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly mode = (): Mode => this.#mode;

  /** Returns the latest exchanges, newest first. */
  readonly exchanges = (): readonly Exchange[] => this.#exchanges;

  setMode(mode: Mode): void {
    this.#mode = mode;
    if (mode === 'offline') for (const socket of this.#sockets) socket.close();
    this.#tell();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    this.#mustBeOn();
    const body = JSON.parse(String(init?.body)) as { query: string; variables?: Record<string, unknown> };
    const [, kind = 'query', name = '?'] = /(query|mutation)\s+(\w+)/.exec(body.query) ?? [];
    const id = ++this.#lastId;
    const started = performance.now();
    this.#exchanges = [{ id, kind: kind as Exchange['kind'], name, document: body.query, variables: body.variables ?? {} }, ...this.#exchanges].slice(0, KEPT);
    this.#tell();
    try {
      if (this.#mode === 'slow') await new Promise<void>(later);
      const response = await fetch(input, init);
      const text = await response.clone().text();
      if (this.#mode === 'slow') await new Promise<void>(later);
      this.#mustBeOn();
      const answer = parsed(text);
      this.#complete(id, { answer, failed: !response.ok || 'errors' in answer, bytes: new Blob([text]).size, milliseconds: performance.now() - started });
      return response;
    } catch (error) {
      this.#complete(id, { answer: String(error), failed: true, bytes: 0, milliseconds: performance.now() - started });
      throw error;
    }
  };

  /** A class for sockets that have the network's mode. */
  get WebSocket(): unknown {
    const mode = this.mode;
    const sockets = this.#sockets;
    return class {
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: unknown }) => void) | null = null;
      onclose: (() => void) | null = null;
      onerror: (() => void) | null = null;
      #socket: WebSocket | null = null;

      constructor(url: string, protocols: string[]) {
        if (mode() === 'offline') {
          setTimeout(() => this.onerror?.());
          return;
        }
        const socket = new WebSocket(url, protocols);
        const pass = (action: () => void) => (mode() === 'slow' ? later(action) : action());
        this.#socket = socket;
        sockets.add(socket);
        socket.addEventListener('open', () => pass(() => this.onopen?.()));
        socket.addEventListener('message', (event) => pass(() => this.onmessage?.(event)));
        socket.addEventListener('error', () => this.onerror?.());
        socket.addEventListener('close', () => {
          sockets.delete(socket);
          this.onclose?.();
        });
      }

      send(text: string): void {
        this.#socket?.send(text);
      }

      close(code?: number): void {
        this.#socket?.close(code);
      }
    };
  }

  #mustBeOn(): void {
    if (this.#mode === 'offline') throw new TypeError('The network is switched off.');
  }

  #complete(id: number, end: Partial<Exchange>): void {
    this.#exchanges = this.#exchanges.map((exchange) => (exchange.id === id ? { ...exchange, ...end } : exchange));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return { text };
  }
}
