import { TasksClient, userPool } from "tasks-api-client";
import { url } from "./config.js";
import type { Observer } from "./observer.js";
import { accessToken, SessionOver } from "./session.js";

export const client = new TasksClient({
  url,
  credentials: userPool(({ refresh }) =>
    accessToken(refresh).catch((error: unknown) => {
      if (error instanceof SessionOver) return null; // nobody is signed in
      throw error; // not now
    }),
  ),
});

export const send = <Data>(query: string, variables: object = {}): Promise<Data> => client.send<Data, object>(query, variables);

export function listen<Data>(query: string, variables: object, { onData, onConnected, onEnd }: Observer<Data>): () => void {
  const forget = client.session.onChange((state) => state === "over" && end(new SessionOver("Sign in again.")));
  const unsubscribe = client.subscribe<Data, object>(query, variables, { onData, onLive: onConnected, onRefused: end });
  function stop(): void {
    forget();
    unsubscribe();
  }
  function end(error: unknown): void {
    stop();
    onEnd(error);
  }
  return stop;
}
