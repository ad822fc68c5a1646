// Signs in with what Cognito requires: a password, and possibly a new password or a code.
import type { SignInOutput } from '@aws-amplify/auth';
import { useActionState, useState } from 'react';
import type { Config } from './config';
import { fieldsOf } from './Fields';
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
  notice?: string | undefined;
  onSignedIn: (user: User) => void;
}

export function SignIn({ config: { users }, notice, onSignedIn }: Props) {
  const [typed, setTyped] = useState({ username: '', password: '', ...users[0], answer: '' });
  const [{ step, problem }, submit, isBusy] = useActionState<Attempt>(signIn, {});
  const challenge = step && CHALLENGES[step];
  const field = fieldsOf(typed, setTyped);

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
      <p className="actions">
        {users.map((user) => (
          <button key={user.username} type="button" onClick={() => setTyped({ ...typed, ...user })}>{user.username}</button>
        ))}
      </p>
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
    </form>
  );
}
