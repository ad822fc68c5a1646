import { Client, subscriptionExchange } from "@urql/core";
import { client as api, listen as follow } from "./client.js";
import { url } from "./config.js";
import type { Observer } from "./observer.js";

const transport = subscriptionExchange({
  enableAllOperations: true,
  forwardSubscription: ({ query = "", variables = {} }, { kind, context }) => ({
    subscribe: (sink) => {
      if (kind === "subscription") {
        const onConnected = context["onConnected"] as (() => void) | undefined;
        const unsubscribe = follow<Record<string, unknown>>(query, variables, {
          onData: (data) => sink.next({ data }),
          onConnected: () => onConnected?.(),
          onEnd: (error) => sink.error(error),
        });
        return { unsubscribe };
      }
      const abort = new AbortController();
      api.send<Record<string, unknown>, object>(query, variables, { signal: abort.signal }).then(
        (data) => {
          sink.next({ data });
          sink.complete();
        },
        (error: unknown) => sink.error(error),
      );
      return { unsubscribe: () => abort.abort() };
    },
  }),
});

export const client = new Client({ url, preferGetMethod: false, exchanges: [transport] });

export async function send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const isMutation = /^\s*mutation\b/.test(query);
  const { data, error } = await (isMutation ? client.mutation(query, variables) : client.query(query, variables)).toPromise();
  if (error) throw error;
  return data as Data;
}

export function listen<Data>(query: string, variables: Record<string, unknown>, observer: Observer<Data>): () => void {
  const { onData, onConnected, onEnd } = observer;
  const running = client
    .subscription<Data>(query, variables, { onConnected } as object)
    .subscribe(({ data, error }) => (error ? onEnd(error.networkError ?? error) : data && onData(data)));
  return () => running.unsubscribe();
}
