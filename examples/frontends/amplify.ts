import { generateClient } from "aws-amplify/api";
import { Hub } from "aws-amplify/utils";
import type { Observer } from "./observer.js";
import { accessToken, SessionOver } from "./session.js"; // configures Amplify

export const client = generateClient();
// Amplify derives types from documents that its own generator wrote; these documents are text.
const graphql = client.graphql.bind(client) as (options: { query: string; variables: object }) => unknown;

interface Events<Data> {
  subscribe(observer: { next(event: { data: Data }): void; error(error: unknown): void }): { unsubscribe(): void };
}

export async function send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  await accessToken(); // says whether the session is over, which Amplify's own error does not
  const { data } = (await graphql({ query, variables })) as { data: Data };
  return data;
}

export function listen<Data>(query: string, variables: Record<string, unknown>, observer: Observer<Data>): () => void {
  const { onData, onConnected, onEnd } = observer;
  let running: { unsubscribe(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const forget = Hub.listen("api", ({ payload }) => {
    if (payload.event !== "Subscription ack") return;
    failures = 0;
    onConnected();
  });
  function stop(): void {
    clearTimeout(timer);
    forget();
    running?.unsubscribe();
  }
  function end(error: unknown): void {
    stop();
    onEnd(error);
  }
  async function start(): Promise<void> {
    try {
      await accessToken();
    } catch (error) {
      return error instanceof SessionOver ? end(error) : again();
    }
    running = (graphql({ query, variables }) as Events<Data>).subscribe({
      next: ({ data }) => onData(data),
      error: (error) => (isRefusal(error) ? end(error) : again()),
    });
  }
  function again(): void {
    running?.unsubscribe();
    timer = setTimeout(() => void start(), Math.min(30_000, 1_000 * 2 ** failures++) * (0.5 + Math.random() / 2));
  }
  void start();
  return stop;
}

// Amplify puts the type of the error into its message.
function isRefusal(error: unknown): boolean {
  const { errors } = error as { errors?: { message: string }[] };
  return errors?.some(({ message }) => /\bUnauthorized\b|Not Authorized|Validation error/.test(message)) ?? false;
}
