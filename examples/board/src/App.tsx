// The board of the signed-in user. When the session ends, the password form covers the board, so that typed text stays.
import { useEffect, useMemo, useRef, useState } from 'react';
import { Board } from './Board';
import type { Config } from './config';
import { Notices } from './Notices';
import { signOut, type User } from './session';
import { SignIn } from './SignIn';
import { ClientContext, createClient } from './tasks';

export function App({ config, notice, ...first }: { config: Config; user: User | null; notice?: string }) {
  const [user, setUser] = useState(first.user);

  if (user) return <SignedIn key={user.id} config={config} user={user} onUser={setUser} />;
  return <main className="alone"><SignIn config={config} notice={notice} onSignedIn={setUser} /></main>;
}

function SignedIn({ config, user, onUser }: { config: Config; user: User; onUser: (user: User | null) => void }) {
  const [isExpired, setExpired] = useState(false);
  const client = useMemo(() => createClient(config), [config]);
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => client.session.onChange((state) => setExpired(state === 'over')), [client]);
  useEffect(() => {
    if (isExpired) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isExpired]);

  async function leave(): Promise<void> {
    sessionStorage.clear(); // drafts
    await signOut();
    onUser(null);
  }

  function signedInAgain(again: User): void {
    client.session.resume();
    onUser(again);
  }

  return (
    <ClientContext value={client}>
      <Notices>
        <Board config={config} user={user} onSignOut={() => void leave()} />
      </Notices>
      <dialog ref={dialog} aria-label="Sign in again" onCancel={(event) => event.preventDefault()}>
        {isExpired && (
          <SignIn config={config} notice="Your session has ended. What you typed is still here." onSignedIn={signedInAgain} />
        )}
      </dialog>
    </ClientContext>
  );
}
