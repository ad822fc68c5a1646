// Messages for errors, by the `errorType` that AppSync adds to each error.
import { ApiError, SessionOver } from 'tasks-api-client';

const WORDS = {
  ValidationError: (message: string) => `${message}.`.replace(/\.\.$/, '.'),
  TaskNotFound: () => 'Somebody deleted this task meanwhile.',
  WebhookNotFound: () => 'Somebody deleted this webhook meanwhile.',
  InvalidTransition: (message: string) => `Somebody changed this task meanwhile. ${message}`,
  Conflict: () => 'Somebody changed this task meanwhile.',
  Unauthorized: () => 'You may not do this: the tasks are somebody else’s.',
  TooManyRequests: () => 'There were too many requests. Try again in some minutes.',
  InternalError: (message: string) => `The API could not do it: ${message}`,
};

let advice = '';

/** Adds what helps on the reader's own machine to messages about services that cannot be reached. */
export function adviseDevelopers(): void {
  advice = '; on your own machine, that `make up` runs';
}

export const unreachableApi = (): string => `The API cannot be reached. Check the connection${advice}.`;

export const failingApi = (): string => `The API answers with errors${advice && ' (`make logs` shows them)'}. The board keeps what you change, and tries again by itself.`;

export const noConnection = (): string => `The board shows what it last knew, keeps what you change, and catches up by itself${advice && '; on your own machine, check that `make up` runs'}.`;

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
  if (!(error instanceof ApiError)) return { kind: 'Network', text: unreachableApi() };
  const { errorType, errorInfo, message } = error;
  const kind = errorType in WORDS ? (errorType as keyof typeof WORDS) : 'InternalError';
  return { kind, text: WORDS[kind](message), field: (errorInfo as { field?: string } | null)?.field };
}

const WRONG = 'The user name or the password is wrong. Check both and try again.';
const unreachable = () => `The sign-in service cannot be reached. Check the connection${advice}.`;
const SIGN_IN: Record<string, () => string> = {
  NotAuthorizedException: () => WRONG,
  UserNotFoundException: () => WRONG,
  NetworkError: unreachable,
  TypeError: unreachable,
  TimeoutError: () => `The sign-in service does not answer. Try again${advice && '; on your own machine, `make stop` and `make up` start it anew'}.`,
};

/** Returns the message for a failed sign-in, by the name of Cognito's exception. */
export function signInProblem(error: unknown): string {
  const { name, message } = error as Error;
  return SIGN_IN[name]?.() ?? message;
}
