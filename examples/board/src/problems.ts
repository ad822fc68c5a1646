// Messages for errors, by the `errorType` that AppSync adds to each error.
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import type { TaskStatus } from './gql/graphql';
import { SessionExpired } from './session';

const WORDS = {
  ValidationError: (message: string) => `${message}.`,
  TaskNotFound: () => 'Somebody deleted this task meanwhile.',
  InvalidTransition: (message: string) => `Somebody changed this task meanwhile. ${message}`,
  Conflict: () => 'Somebody changed this task meanwhile.',
  Unauthorized: () => 'You may not do this: the tasks are somebody else’s.',
  InternalError: (message: string) => `The API could not do it: ${message}`,
};

export interface Problem {
  kind: keyof typeof WORDS | 'Session' | 'Network';
  text: string;
  /** The wrong argument for a ValidationError, or the task's current state for a Conflict. */
  info?: { field?: string; currentVersion?: number; currentStatus?: TaskStatus } | null | undefined;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof SessionExpired || (ServerError.is(error) && error.statusCode === 401)) {
    return { kind: 'Session', text: 'Your session has ended. Sign in again; what you typed is still here.' };
  }
  if (!CombinedGraphQLErrors.is(error)) {
    return { kind: 'Network', text: 'The API cannot be reached. Check the connection; on your own machine, that `make up` runs.' };
  }
  const { errorType, errorInfo, message } = error.errors[0] as { errorType?: string; errorInfo?: Problem['info']; message: string };
  const kind = errorType && errorType in WORDS ? (errorType as keyof typeof WORDS) : 'InternalError';
  return { kind, text: WORDS[kind](message), info: errorInfo };
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
