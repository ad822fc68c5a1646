// The board's messages, which stay until they are dismissed, and its announcements for screen readers.
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';

interface Notice {
  text: string;
  /** Repeats what failed. */
  again?: (() => void) | undefined;
}

interface Voice {
  show: (notice: Notice) => void;
  announce: (text: string) => void;
}

const Context = createContext<Voice>({ show: () => undefined, announce: () => undefined });

export const useNotices = (): Voice => useContext(Context);

export function Notices({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<(Notice & { id: string })[]>([]);
  const [announcement, announce] = useState('');
  const voice = useMemo(
    () => ({ announce, show: (notice: Notice) => setNotices((all) => [...all, { ...notice, id: crypto.randomUUID() }]) }),
    [],
  );
  const dismiss = (id: string) => setNotices((all) => all.filter((notice) => notice.id !== id));
  return (
    <Context value={voice}>
      {children}
      <output className="for-screen-readers">{announcement}</output>
      <div className="notices" role="alert">
        {notices.map(({ id, text, again }) => (
          <p key={id}>
            <span>{text}</span>
            {again && <button type="button" onClick={() => { dismiss(id); again(); }}>Try again</button>}
            <button type="button" aria-label={`Dismiss: ${text}`} onClick={() => dismiss(id)}>Dismiss</button>
          </p>
        ))}
      </div>
    </Context>
  );
}
