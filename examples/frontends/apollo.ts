import { ApolloClient, ApolloLink, InMemoryCache, Observable, gql } from "@apollo/client";
import { print } from "graphql";
import { client as api, listen as follow } from "./client.js";
import type { Observer } from "./observer.js";

const link = new ApolloLink(({ query, variables, operationType, getContext }) => {
  return new Observable<ApolloLink.Result>((observer) => {
    if (operationType === "subscription") {
      const { onConnected = () => undefined } = getContext() as { onConnected?: () => void };
      return follow<Record<string, unknown>>(print(query), variables, {
        onData: (data) => observer.next({ data }),
        onConnected,
        onEnd: (error) => observer.error(error),
      });
    }
    const abort = new AbortController();
    api.send<Record<string, unknown>, object>(print(query), variables, { signal: abort.signal }).then(
      (data) => {
        observer.next({ data });
        observer.complete();
      },
      (error: unknown) => observer.error(error),
    );
    return () => abort.abort();
  });
});

export const client = new ApolloClient({ cache: new InMemoryCache(), link });

export async function send<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const document = gql(query);
  const isMutation = document.definitions.some((definition) => "operation" in definition && definition.operation === "mutation");
  const { data } = isMutation
    ? await client.mutate<Data>({ mutation: document, variables })
    : await client.query<Data>({ query: document, variables, fetchPolicy: "network-only" });
  return data as Data;
}

export function listen<Data>(query: string, variables: Record<string, unknown>, observer: Observer<Data>): () => void {
  const { onData, onConnected, onEnd } = observer;
  const running = client
    .subscribe<Data>({ query: gql(query), variables, context: { onConnected }, fetchPolicy: "no-cache" })
    .subscribe({ next: ({ data, error }) => (error ? onEnd(error) : data && onData(data)), error: onEnd });
  return () => running.unsubscribe();
}
