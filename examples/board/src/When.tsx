// How long ago it was. The exact time shows when the pointer rests on it.
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { exactly, relatively } from './dates';

const EVERY = 30_000; // milliseconds

const Now = createContext(new Date());

/** The present time, which moves on by itself. */
export const useNow = (): Date => useContext(Now);

export function Clock({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), EVERY);
    return () => clearInterval(timer);
  }, []);
  return <Now value={now}>{children}</Now>;
}

export function When({ at }: { at: string }) {
  return <time dateTime={at} title={exactly(at)}>{relatively(at, useNow())}</time>;
}
