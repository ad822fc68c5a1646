// The entry `./react`: hooks.
import { useMemo, useSyncExternalStore } from 'react';
import type { TaskStatus } from './gql/graphql.js';
import type { ListSettings, ListState, StoreStatus, TaskStore } from './sync/index.js';

/**
 * Returns a live list of tasks, and a function that shows another page. `where` and `compare` must be the same functions in
 * each rendering that wants the same list.
 */
export function useTasks(store: TaskStore, settings: ListSettings = {}): ListState & { more: () => void } {
  const { statuses, where, compare, pageSize } = settings;
  const names = statuses?.join(); // a literal array is a new one in each rendering, so its content decides
  const list = useMemo(() => {
    const wanted = names === undefined ? {} : { statuses: names.split(',') as TaskStatus[] };
    return store.list({ ...wanted, ...(where && { where }), ...(compare && { compare }), ...(pageSize && { pageSize }) });
  }, [store, names, where, compare, pageSize]);
  return { ...useSyncExternalStore(list.subscribe, list.get, list.get), more: list.more };
}

/** Returns the status of the store. */
export function useStoreStatus(store: TaskStore): StoreStatus {
  return useSyncExternalStore((listener) => store.onChange(listener), () => store.status, () => store.status);
}

/** Returns how many changes are not stored yet. */
export function usePending(store: TaskStore): number {
  return useSyncExternalStore((listener) => store.onChange(listener), () => store.pending.length, () => store.pending.length);
}
