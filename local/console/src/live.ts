// The subscriptions that listen, and their events. They outlive the tab that started them, because GraphiQL ends what a
// tab runs when another tab is opened, and a completion is sent from another tab than the one that listens.
import type { ExecutionResult } from 'graphql';
import type { Caller } from './callers';
import { subscribe, type Operation } from './realtime';

export interface Event {
  key: number;
  subscription: string;
  caller: string;
  at: Date;
  result: ExecutionResult;
}

export interface Subscription {
  key: string;
  /** The tab that started it. */
  tab: string;
  name: string;
  caller: string;
  /** Why it ended, unless it listens. */
  ended?: string;
  stop(): void;
}

export interface Live {
  subscriptions: readonly Subscription[];
  /** Newest first. */
  events: readonly Event[];
}

const SHOWN = 50; // events

let live: Live = { subscriptions: [], events: [] };
let received = 0;
const observers = new Set<() => void>();

export const current = (): Live => live;

export function observe(observer: () => void): () => void {
  observers.add(observer);
  return () => observers.delete(observer);
}

function change(changed: Partial<Live>): void {
  live = { ...live, ...changed };
  observers.forEach((observer) => observer());
}

/** Resolves once the subscription listens. It replaces the one that the same tab started before. Throws Refused. */
export async function listen(tab: string, name: string, url: URL, caller: Caller, headers: Record<string, string>, operation: Operation): Promise<void> {
  live.subscriptions.find((earlier) => earlier.tab === tab)?.stop();
  const key = crypto.randomUUID();
  const end = await subscribe(url, caller, headers, operation, {
    next: (result) => {
      const event = { key: (received += 1), subscription: name, caller: caller.label, at: new Date(), result };
      change({ events: [event, ...live.events].slice(0, SHOWN) });
    },
    ended: (reason) => change({ subscriptions: live.subscriptions.map((one) => (one.key === key ? { ...one, ended: reason } : one)) }),
  });
  const stop = () => {
    end();
    change({ subscriptions: live.subscriptions.filter((other) => other.key !== key) });
  };
  change({ subscriptions: [...live.subscriptions, { key, tab, name, caller: caller.label, stop }] });
}

export const forgetEvents = (): void => change({ events: [] });
