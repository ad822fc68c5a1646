// Signs in with what Cognito requires: a password, and possibly a new password or a code.
import { useState, type FormEvent } from 'react';
import type { Config } from './config';
import { signInProblem } from './problems';
import { continueSignIn, currentUser, startSignIn, type NextStep, type User } from './session';

interface Props {
  config: Config;
  notice?: string;
  onSignedIn: (user: User) => void;
}

export function SignIn({ config: { users = [] }, notice, onSignedIn }: Props) {
  const [username, setUsername] = useState(users[0]?.username ?? '');
  const [password, setPassword] = useState(users[0]?.password ?? '');
  const [answer, setAnswer] = useState('');
  const [step, setStep] = useState<NextStep | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const next = step ? await continueSignIn(answer) : await startSignIn(username.trim(), password);
      const user = next === 'DONE' ? await currentUser() : null;
      if (user) onSignedIn(user);
      setAnswer('');
      setStep(next === 'DONE' ? null : next);
    } catch (error) {
      setProblem(signInProblem(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="sign-in" onSubmit={(event) => void submit(event)}>
      <h1>Sign in</h1>
      {notice && <p>{notice}</p>}
      {users.length > 0 && (
        <p className="actions">
          {users.map((user) => (
            <button key={user.username} type="button" onClick={() => { setUsername(user.username); setPassword(user.password); }}>
              {user.username}
            </button>
          ))}
        </p>
      )}
      {step ? (
        <>
          <label htmlFor="answer">{step === 'CODE' ? 'Code of your authenticator app' : 'New password'}</label>
          <input
            id="answer"
            type={step === 'CODE' ? 'text' : 'password'}
            autoComplete={step === 'CODE' ? 'one-time-code' : 'new-password'}
            value={answer}
            onChange={({ target }) => setAnswer(target.value)}
            required
          />
        </>
      ) : (
        <>
          <label htmlFor="username">User name</label>
          <input id="username" autoComplete="username" value={username} onChange={({ target }) => setUsername(target.value)} required />
          <label htmlFor="password">Password</label>
          <input
            id="password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
            required
          />
        </>
      )}
      <p className="problem" role="alert">{problem}</p>
      <button className="primary" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
    </form>
  );
}
