// The board of the tab's user. When the session ends, the password form covers the board, so that typed text stays.
import * as Dialog from '@radix-ui/react-dialog';
import { useEffect, useMemo, useState } from 'react';
import { Board } from './Board';
import type { Config } from './config';
import { Network } from './network';
import { DRAFT } from './QuickAdd';
import { signOut, type User } from './session';
import { SignIn } from './SignIn';
import { ClientContext, createClient } from './tasks';
import { Clock } from './When';

export function App({ config, notice, ...first }: { config: Config; user: User | null; notice?: string }) {
  const [user, setUser] = useState(first.user);

  useEffect(() => {
    if (!user) document.title = 'Tasks';
  }, [user]);

  if (user) return <SignedIn key={user.id} config={config} user={user} onUser={setUser} />;
  return <main className="alone"><SignIn config={config} notice={notice} onSignedIn={setUser} /></main>;
}

function SignedIn({ config, user, onUser }: { config: Config; user: User; onUser: (user: User | null) => void }) {
  const [isExpired, setExpired] = useState(false);
  const network = useMemo(() => new Network(), []);
  const client = useMemo(() => createClient(config, user, network), [config, user, network]);

  useEffect(() => client.session.onChange((state) => setExpired(state === 'over')), [client]);

  async function leave(): Promise<void> {
    await signOut();
    sessionStorage.clear(); // drafts
    onUser(null);
  }

  function signedInAgain(again: User): void {
    if (again.id === user.id) return client.session.resume();
    sessionStorage.removeItem(DRAFT); // it is somebody else's
    onUser(again);
  }

  return (
    <ClientContext value={client}>
      <Clock>
        <Board config={config} user={user} network={network} onSignOut={() => void leave()} />
      </Clock>
      <Dialog.Root open={isExpired}>
        <Dialog.Portal>
          <Dialog.Overlay className="overlay" />
          <Dialog.Content className="dialog narrow" aria-label="Sign in again" aria-describedby={undefined}>
            <Dialog.Title className="for-screen-readers">Sign in again</Dialog.Title>
            <SignIn config={config} username={user.username} notice="Your session has ended. What you typed is still here." onSignedIn={signedInAgain} />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </ClientContext>
  );
}
