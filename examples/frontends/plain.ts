import { url } from "./config.js";
import type { Observer } from "./observer.js";
import { accessToken, SessionOver } from "./session.js";

export interface ApiError {
  message: string;
  errorType?: string;
  errorInfo?: Record<string, unknown> | null;
}

interface Answer<Data> {
  data: Data;
  errors?: ApiError[];
}

export async function send<Data>(query: string, variables: object = {}, refresh = false): Promise<Data> {
  const headers = { "content-type": "application/json", Authorization: await accessToken(refresh) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  if (response.status === 401 && !refresh) return send(query, variables, true);
  if (response.status === 401) throw new SessionOver("Sign in again.");
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.[0]) throw Object.assign(new Error(errors[0].message), errors[0]);
  return data;
}

const realtime = new URL(url.replace(/^http/, "ws"));
if (realtime.host.includes(".appsync-api.")) realtime.host = realtime.host.replace(".appsync-api.", ".appsync-realtime-api.");
else realtime.pathname += "/realtime"; // a custom domain, or the local stack
const base64url = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const TEMPORARY = /LimitExceeded|MaxSubscriptions|TooManyRequests|Internal/;
const SILENCE = 75_000; // milliseconds: AppSync sends a sign of life every minute

interface Message<Data> {
  type: string;
  payload?: Answer<Data>;
}

export function listen<Data>(query: string, variables: object, { onData, onConnected, onEnd }: Observer<Data>): () => void {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isConnecting = false;
  let isStopped = false;
  let failures = 0;
  let refusals = 0; // of tokens, in a row
  let lastMessage = 0; // a time of the clock, which also runs while the computer sleeps

  async function connect(): Promise<void> {
    if (isConnecting || isStopped || socket) return;
    isConnecting = true;
    clearTimeout(timer);
    const token = await accessToken(refusals > 0).catch((error: unknown) => {
      if (error instanceof SessionOver) end(error);
      return null; // not now
    });
    isConnecting = false;
    if (token === null) return again();
    if (isStopped) return;
    const authorization = { host: new URL(url).host, Authorization: token };
    const current = new WebSocket(realtime, ["graphql-ws", `header-${base64url(JSON.stringify(authorization))}`]);
    socket = current;
    lastMessage = Date.now();
    const say = (message: object) => current.send(JSON.stringify(message));
    current.onopen = () => say({ type: "connection_init" });
    current.onerror = () => undefined; // a close follows; without this line, `ws` ends the program after ECONNRESET
    current.onclose = () => current === socket && again();
    current.onmessage = ({ data: text }) => {
      if (current !== socket) return;
      lastMessage = Date.now();
      const { type, payload } = JSON.parse(String(text)) as Message<Data>;
      const start = { data: JSON.stringify({ query, variables }), extensions: { authorization } };
      if (type === "connection_ack") say({ id: "1", type: "start", payload: start });
      if (type === "start_ack") {
        failures = refusals = 0;
        onConnected();
      }
      if (type === "data" && payload?.data) onData(payload.data);
      if (type === "complete") again(); // if the user may no longer listen, the next start is refused
      if (type === "error" || type === "connection_error") refused(payload?.errors?.[0] ?? { message: type });
    };
  }

  function refused(error: ApiError): void {
    const type = error.errorType ?? error.message;
    if (type.includes("UnauthorizedException")) return ++refusals > 1 ? end(new SessionOver(error.message)) : again();
    if (TEMPORARY.test(type)) again();
    else end(error);
  }

  function again(): void {
    drop();
    if (isStopped) return;
    // Half of the pause is random, so that not all clients of a restarted server come back at once.
    timer = setTimeout(() => void connect(), Math.min(30_000, 1_000 * 2 ** failures++) * (0.5 + Math.random() / 2));
  }

  function drop(): void {
    clearTimeout(timer);
    const last = socket;
    socket = undefined;
    last?.close();
  }

  function end(error: unknown): void {
    stop();
    onEnd(error);
  }

  function stop(): void {
    isStopped = true;
    clearInterval(watch);
    globalThis.removeEventListener?.("online", wake);
    drop();
  }

  const wake = () => void connect();
  globalThis.addEventListener?.("online", wake);
  const watch = setInterval(() => socket && Date.now() - lastMessage > SILENCE && again(), 5_000);
  void connect();
  return stop;
}
