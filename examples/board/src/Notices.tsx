// The board's messages, and its announcements for screen readers. A problem stays until it is dismissed. What was done
// can be undone for some seconds, and the message of the next change replaces it.
import * as Toast from '@radix-ui/react-toast';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';

// Milliseconds: long enough for people who read slowly or reach it by keyboard (WCAG 2.2, success criterion 2.2.1). The time
// stops while the pointer or the focus is on the message.
const UNDOABLE = 20_000;

interface Notice {
  text: ReactNode;
  isProblem?: boolean;
  undo?: () => void;
  /** Called when the message closes without an undo. */
  onClose?: () => void;
}

interface Voice {
  show: (notice: Notice) => void;
  announce: (text: string) => void;
  /** Undoes the latest change, if its message still shows. */
  undo: () => void;
}

const nothing = () => undefined;
const Context = createContext<Voice>({ show: nothing, announce: nothing, undo: nothing });

export const useNotices = (): Voice => useContext(Context);

interface Shown extends Notice {
  id: string;
}

export function Notices({ children }: { children: ReactNode }) {
  const [problems, setProblems] = useState<readonly Shown[]>([]);
  const [done, setDone] = useState<Shown | null>(null);
  const [announcement, announce] = useState('');
  const latest = useRef<Shown | null>(null);

  /** Ends the message. Each ends once. */
  const end = useCallback((notice: Shown, isUndone: boolean) => {
    if (latest.current !== notice) return;
    latest.current = null;
    setDone((shown) => (shown === notice ? null : shown));
    if (isUndone) notice.undo?.();
    else notice.onClose?.();
  }, []);
  const voice = useMemo<Voice>(() => ({
    announce,
    show: (notice) => {
      const shown = { ...notice, id: crypto.randomUUID() };
      if (notice.isProblem) return setProblems((all) => [...all, shown]);
      if (latest.current) end(latest.current, false);
      latest.current = shown;
      setDone(shown);
    },
    undo: () => {
      if (latest.current?.undo) end(latest.current, true);
    },
  }), [end]);
  const dismiss = (id: string) => setProblems((all) => all.filter((notice) => notice.id !== id));

  // Another owner's board opens, or the user signs out: what waits is sent.
  useEffect(() => () => {
    if (latest.current) end(latest.current, false);
  }, [end]);

  return (
    <Context value={voice}>
      <Toast.Provider duration={UNDOABLE} label="Message">
        {children}
        <output className="for-screen-readers">{announcement}</output>
        {problems.map(({ id, text }) => (
          <Toast.Root key={id} className="toast problem" duration={Infinity} onOpenChange={() => dismiss(id)}>
            <Toast.Description className="toast-text">{text}</Toast.Description>
            <Toast.Close className="quiet">Dismiss</Toast.Close>
          </Toast.Root>
        ))}
        {done && (
          <Toast.Root key={done.id} className="toast" onOpenChange={() => end(done, false)}>
            <Toast.Description className="toast-text">{done.text}</Toast.Description>
            {done.undo && <Toast.Action className="quiet strong" altText="Press z to undo" onClick={() => end(done, true)}>Undo</Toast.Action>}
          </Toast.Root>
        )}
        <Toast.Viewport className="notices" />
      </Toast.Provider>
    </Context>
  );
}
