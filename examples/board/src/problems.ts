// Messages for errors, by the `errorType` that AppSync adds to each error.
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import type { TaskStatus } from './gql/graphql';
import { SessionExpired } from './session';

export interface Problem {
  kind: 'ValidationError' | 'TaskNotFound' | 'InvalidTransition' | 'Conflict' | 'Unauthorized' | 'Session' | 'Network' | 'Failure';
  text: string;
  /** The wrong argument, for a ValidationError. */
  field?: string;
  /** The task's current state, for a Conflict. */
  current?: { version: number; status: TaskStatus };
}

interface AppSyncError {
  errorType?: string;
  errorInfo?: { field?: string; currentVersion?: number; currentStatus?: TaskStatus } | null;
  message: string;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof SessionExpired || (ServerError.is(error) && error.statusCode === 401)) {
    return { kind: 'Session', text: 'Your session has ended. Sign in again; what you typed is still here.' };
  }
  if (!CombinedGraphQLErrors.is(error)) {
    return { kind: 'Network', text: 'The API cannot be reached. Check the connection; on your own machine, that `make up` runs.' };
  }
  const { errorType, errorInfo, message } = error.errors[0] as AppSyncError;
  switch (errorType) {
    case 'ValidationError':
      return { kind: errorType, text: `${message}.`, ...(errorInfo?.field && { field: errorInfo.field }) };
    case 'TaskNotFound':
      return { kind: errorType, text: 'Somebody deleted this task meanwhile.' };
    case 'InvalidTransition':
      return { kind: errorType, text: `Somebody changed this task meanwhile. ${message}` };
    case 'Conflict':
      return {
        kind: errorType,
        text: 'Somebody changed this task meanwhile.',
        ...(errorInfo?.currentVersion &&
          errorInfo.currentStatus && { current: { version: errorInfo.currentVersion, status: errorInfo.currentStatus } }),
      };
    case 'Unauthorized':
      return { kind: errorType, text: 'You may not do this: the tasks are somebody else’s.' };
    default:
      return { kind: 'Failure', text: `The API could not do it: ${message}` };
  }
}

/** Returns the message for a failed sign-in, by the name of Cognito's exception. */
export function signInProblem(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'NotAuthorizedException' || name === 'UserNotFoundException') {
    return 'The user name or the password is wrong. Check both and try again.';
  }
  if (name === 'NetworkError' || name === 'TypeError') {
    return 'The sign-in service cannot be reached. Check the connection; on your own machine, that `make up` runs.';
  }
  if (name === 'TimeoutError') {
    return 'The sign-in service does not answer. Try again; on your own machine, `make stop` and `make up` start it anew.';
  }
  return message;
}
