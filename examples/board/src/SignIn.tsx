// Signs in with what Cognito requires: a password, and possibly a new password or a code.
import type { SignInOutput } from '@aws-amplify/auth';
import { useActionState, useState, type ChangeEvent } from 'react';
import type { Config } from './config';
import { Initials } from './Initials';
import { signInProblem } from './problems';
import { continueSignIn, currentUser, startSignIn, type User } from './session';

type Step = SignInOutput['nextStep']['signInStep'];

const CHALLENGES: Partial<Record<Step, { label: string; type: string; autoComplete: string }>> = {
  CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED: { label: 'New password', type: 'password', autoComplete: 'new-password' },
  CONFIRM_SIGN_IN_WITH_TOTP_CODE: { label: 'Code of your authenticator app', type: 'text', autoComplete: 'one-time-code' },
};

interface Attempt {
  step?: Step | undefined;
  problem?: string;
}

interface Props {
  config: Config;
  /** Whom the form is filled in for, by default the first demo user. */
  username?: string;
  notice?: string | undefined;
  onSignedIn: (user: User) => void;
}

/** The board opens a second window for a person whom it names in the address. */
const wanted = (): string | null => new URLSearchParams(location.hash.slice(1)).get('as');

export function SignIn({ config: { users }, username, notice, onSignedIn }: Props) {
  const demoUsers = users.filter(({ password }) => password !== undefined);
  const [typed, setTyped] = useState(() => {
    const first = demoUsers.find((user) => user.username === (username ?? wanted())) ?? (username ? { username } : demoUsers[0]);
    return { username: '', password: '', ...first, answer: '' };
  });
  const [{ step, problem }, submit, isBusy] = useActionState<Attempt>(signIn, {});
  const challenge = step && CHALLENGES[step];
  const field = (name: 'username' | 'password' | 'answer') => ({
    value: typed[name],
    onChange: ({ target }: ChangeEvent<HTMLInputElement>) => setTyped({ ...typed, [name]: target.value }),
  });

  async function signIn(): Promise<Attempt> {
    try {
      const { nextStep } = await (step ? continueSignIn(typed.answer) : startSignIn(typed.username.trim(), typed.password));
      const user = nextStep.signInStep === 'DONE' ? await currentUser() : null;
      if (user) onSignedIn(user);
      else if (!CHALLENGES[nextStep.signInStep]) return { problem: `This board cannot do the sign-in step ${nextStep.signInStep}.` };
      setTyped((now) => ({ ...now, answer: '' }));
      return user ? {} : { step: nextStep.signInStep };
    } catch (error) {
      return { step, problem: signInProblem(error) };
    }
  }

  return (
    <form className="sign-in" action={submit}>
      <h1>Sign in</h1>
      {notice && <p>{notice}</p>}
      {demoUsers.length > 0 && (
        <fieldset className="demo-users" aria-label="Demo users">
          {demoUsers.map((user) => (
            <button key={user.username} type="button" aria-pressed={user.username === typed.username} onClick={() => setTyped({ ...typed, ...user })}><Initials name={user.username} /> {user.username}</button>
          ))}
        </fieldset>
      )}
      {challenge ? (
        <label>{challenge.label} <input {...field('answer')} type={challenge.type} autoComplete={challenge.autoComplete} required /></label>
      ) : (
        <>
          <label>User name <input {...field('username')} autoComplete="username" required /></label>
          <label>Password <input {...field('password')} type="password" autoComplete="current-password" required /></label>
        </>
      )}
      <p className="problem" role="alert">{!isBusy && problem}</p>
      <button className="primary" disabled={isBusy}>{isBusy ? 'Signing in …' : 'Sign in'}</button>
      <p className="hint">This tab has a session of its own: another tab or window may act as somebody else.</p>
    </form>
  );
}
