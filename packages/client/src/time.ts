// Waiting.

/** Resolves after the time, or rejects with the signal's reason. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Returns what the promise resolves to. Rejects with the error of `late` if that takes longer than the time. */
export function inTime<T>(promise: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export interface Pauses {
  /** The pause after the first failure, in milliseconds. */
  first: number;
  /** The longest pause, in milliseconds. */
  longest: number;
}

/**
 * Returns the pause before the next attempt, in milliseconds, after so many failures in a row. It doubles with each
 * failure. A random half of it keeps the clients of a server that restarts from coming back at the same moment.
 */
export function backoff({ first, longest }: Pauses, failures: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (Math.random() * full) / 2;
}

/** Calls the listener when a page comes back into view or online. Returns a function that ends it. In Node, it never calls. */
export function onWake(listener: () => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined;
  const shown = () => {
    if (!document.hidden) listener();
  };
  window.addEventListener('online', listener);
  window.addEventListener('pageshow', listener);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('pageshow', listener);
    document.removeEventListener('visibilitychange', shown);
  };
}
