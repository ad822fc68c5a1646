// Messages for errors, by the `errorType` that AppSync adds to each error.
import { ApiError, SessionOver } from 'tasks-api-client';

const WORDS = {
  ValidationError: (message: string) => `${message}.`,
  TaskNotFound: () => 'Somebody deleted this task meanwhile.',
  InvalidTransition: (message: string) => `Somebody changed this task meanwhile. ${message}`,
  Conflict: () => 'Somebody changed this task meanwhile.',
  Unauthorized: () => 'You may not do this: the tasks are somebody else’s.',
  TooManyRequests: () => 'There were too many requests. Try again in some minutes.',
  InternalError: (message: string) => `The API could not do it: ${message}`,
};

export const UNREACHABLE_API = 'The API cannot be reached. Check the connection; on your own machine, that `make up` runs.';

export interface Problem {
  kind: keyof typeof WORDS | 'Session' | 'Network';
  text: string;
  /** The wrong argument for a ValidationError. */
  field?: string | undefined;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof SessionOver) {
    return { kind: 'Session', text: 'Your session has ended. Sign in again; what you typed is still here.' };
  }
  if (!(error instanceof ApiError)) return { kind: 'Network', text: UNREACHABLE_API };
  const { errorType, errorInfo, message } = error;
  const kind = errorType in WORDS ? (errorType as keyof typeof WORDS) : 'InternalError';
  return { kind, text: WORDS[kind](message), field: (errorInfo as { field?: string } | null)?.field };
}

const UNREACHABLE = 'The sign-in service cannot be reached. Check the connection; on your own machine, that `make up` runs.';
const WRONG = 'The user name or the password is wrong. Check both and try again.';
const SIGN_IN: Record<string, string> = {
  NotAuthorizedException: WRONG,
  UserNotFoundException: WRONG,
  NetworkError: UNREACHABLE,
  TypeError: UNREACHABLE,
  TimeoutError: 'The sign-in service does not answer. Try again; on your own machine, `make stop` and `make up` start it anew.',
};

/** Returns the message for a failed sign-in, by the name of Cognito's exception. */
export function signInProblem(error: unknown): string {
  const { name, message } = error as Error;
  return SIGN_IN[name] ?? message;
}
