import type { GraphiQLProps } from 'graphiql';

export type Storage = NonNullable<GraphiQLProps['storage']>;

/** Returns the part of the browser's storage that belongs to one deployment. */
export function storageOf(deployment: string): Storage {
  const prefix = `console/${deployment}/`;
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return {
    getItem: (key) => localStorage.getItem(prefix + key),
    setItem: (key, value) => localStorage.setItem(prefix + key, value),
    removeItem: (key) => localStorage.removeItem(prefix + key),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}
