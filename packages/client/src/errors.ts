// The errors of the client: one class for each `errorType` of the API, with the type of its `errorInfo`, and one for each
// way in which an answer can fail to arrive. docs/contract.md says what a client does about each.
import type { TaskFieldsFragment, TaskStatus } from './gql/graphql.js';

/** The base of every error that the client throws. */
export class TasksError extends Error {
  /** Whether the same request may succeed later without a change. */
  readonly mayHelp: boolean = false;

  // Written out in each class, because minified classes have other names.
  override name = 'TasksError';
}

/** No answer arrived. It is not known whether a mutation was stored: read, or repeat it with `expectedVersion`. */
export class NetworkError extends TasksError {
  override name = 'NetworkError';
  override readonly mayHelp = true;
}

/** The server or something before it failed: an HTTP status of 500 or above, or an answer that is not GraphQL. */
export class ServerError extends TasksError {
  override name = 'ServerError';
  override readonly mayHelp = true;

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The user must sign in again. Afterwards, call `session.resume()`. */
export class SessionOver extends TasksError {
  override name = 'SessionOver';

  constructor(options?: ErrorOptions) {
    super('The session has ended. Sign in again.', options);
  }
}

/** The client was closed. */
export class Closed extends TasksError {
  override name = 'Closed';

  constructor() {
    super('The client is closed.');
  }
}

type Current = Partial<TaskFieldsFragment> | null;

/** An error that the API returned. `errorType` decides what it is, and `errorInfo` has the facts. */
export abstract class ApiError<Type extends string = string, Info = unknown> extends TasksError {
  abstract readonly errorType: Type;

  constructor(
    message: string,
    readonly errorInfo: Info,
    /** The field of the operation that failed. */
    readonly path: readonly (string | number)[] = [],
    /** The fields that did not fail. */
    readonly data: unknown = null,
    /** The task as it is now, with the fields that the operation selected; null if the error concerns no task to show. */
    readonly current: Current = null,
  ) {
    super(message);
  }
}

/** The kind of a broken rule. Values may be added: show `rule` for a code that you do not know. */
export type RuleCode =
  | 'REQUIRED' | 'TYPE' | 'UNKNOWN' | 'ONE_OF' | 'FORMAT' | 'LENGTH' | 'RANGE' | 'LIMIT' | 'DUPLICATE' | 'EXCLUSIVE' | 'REFERENCE'
  | (string & {});

/** A field of the input and the rule that it breaks: a sentence for people, and a code with its bounds for programs. */
export interface BrokenRule {
  field: string;
  rule: string;
  code: RuleCode;
  min?: number;
  max?: number;
}

/** The input breaks rules. Show each of `errors` at its field; do not repeat. The first one is also in `errorInfo` itself. */
export class ValidationError extends ApiError<'ValidationError', BrokenRule & { errors: readonly BrokenRule[] }> {
  override name = 'ValidationError';
  readonly errorType = 'ValidationError';
}

/** The task does not exist, was deleted, or belongs to another user. */
export class TaskNotFound extends ApiError<'TaskNotFound', { id: string }> {
  override name = 'TaskNotFound';
  readonly errorType = 'TaskNotFound';
}

/** The webhook does not exist, was deleted, or belongs to another user. */
export class WebhookNotFound extends ApiError<'WebhookNotFound', { id: string }> {
  override name = 'WebhookNotFound';
  readonly errorType = 'WebhookNotFound';
}

/** The task's status does not allow the change. `wantedStatus` is null for an edit. `current` is the task. */
export class InvalidTransition extends ApiError<
  'InvalidTransition',
  {
    code: 'SAME_STATUS' | 'TRANSITION' | 'CLOSED' | (string & {});
    currentStatus: TaskStatus;
    wantedStatus: TaskStatus | null;
    currentVersion: number;
  }
> {
  override name = 'InvalidTransition';
  readonly errorType = 'InvalidTransition';
}

/** Another change was first (`current` is the task now), or it is not known whether this change was stored. */
export interface VersionConflict {
  code: 'VERSION' | 'UNKNOWN_OUTCOME';
  /** Null if the task no longer exists. */
  currentVersion: number | null;
  currentStatus: TaskStatus | null;
}

/** The client token was used for other content, its task was deleted, or its webhook shows no secret any more. */
export interface TokenConflict {
  code: 'OTHER_CONTENT' | 'DELETED' | 'EXPIRED';
  field: 'clientToken';
}

/** The task is no longer the expected version, or a client token was used before. `errorInfo.code` tells which. */
export class Conflict extends ApiError<'Conflict', VersionConflict | TokenConflict> {
  override name = 'Conflict';
  readonly errorType = 'Conflict';
}

/** The caller may not do this. */
export class Unauthorized extends ApiError<'Unauthorized', null> {
  override name = 'Unauthorized';
  readonly errorType = 'Unauthorized';
}

/** Something failed on the API's side. It is not known whether the change was stored. */
export class InternalError extends ApiError<'InternalError', { correlationId: string } | null> {
  override name = 'InternalError';
  readonly errorType = 'InternalError';
  override readonly mayHelp = true;
}

/** Too many requests. Nothing was stored. Wait for `retryAfter` seconds; the client does, as far as its patience goes. */
export class TooManyRequests extends ApiError<'TooManyRequests', { retryAfter: number }> {
  override name = 'TooManyRequests';
  readonly errorType = 'TooManyRequests';
  override readonly mayHelp = true;
}

/** An `errorType` that this version of the client does not know. Show the message. */
export class UnknownApiError extends ApiError {
  constructor(
    readonly errorType: string,
    message: string,
    errorInfo: unknown,
    path?: readonly (string | number)[],
    data?: unknown,
    current?: Current,
  ) {
    super(message, errorInfo, path, data, current);
    this.name = errorType;
    // AppSync stops an execution after 30 seconds. It is not known which of its changes were stored.
    this.mayHelp = errorType === 'ExecutionTimeout';
  }

  override readonly mayHelp: boolean;
}

const TYPES = { ValidationError, TaskNotFound, WebhookNotFound, InvalidTransition, Conflict, Unauthorized, InternalError, TooManyRequests };

const RETRY_AFTER = 30; // seconds, if the API does not say

/** Every error with a known `errorType`. A `switch` over `errorType` narrows `errorInfo`. */
export type KnownApiError = InstanceType<(typeof TYPES)[keyof typeof TYPES]>;

/** An error as it is in the answer of AppSync. */
export interface GraphqlError {
  message: string;
  errorType?: string | null;
  errorInfo?: unknown;
  data?: unknown;
  path?: readonly (string | number)[] | null;
}

/** Returns the error of this package for an error of the API. */
export function errorOf({ errorType, errorInfo, message, path, data: shown }: GraphqlError, data: unknown = null): ApiError {
  const current: Current = typeof shown === 'object' ? (shown as Current) : null;
  if (errorType === 'TooManyRequests') {
    const retryAfter = Number((errorInfo as { retryAfter?: unknown } | null)?.retryAfter);
    return new TooManyRequests(message, { retryAfter: retryAfter >= 0 ? retryAfter : RETRY_AFTER }, path ?? [], data);
  }
  const known = TYPES[errorType as keyof typeof TYPES] as
    | (new (message: string, errorInfo: never, path: readonly (string | number)[], data: unknown, current: Current) => ApiError)
    | undefined;
  if (known) return new known(message, (errorInfo ?? null) as never, path ?? [], data, current);
  return new UnknownApiError(errorType ?? 'GraphQLError', message, errorInfo ?? null, path ?? [], data, current);
}

/** Reports an error of an application's listener, which must not end the live updates: as an uncaught one, in browsers. */
export function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else console.error(error);
}

/** Calls a listener of the application. Reports what it throws. */
export function safely(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    report(error);
  }
}

/** Returns whether the same request may succeed later without a change: no answer, a failure of the API, throttling. */
export function mayHelp(error: unknown): boolean {
  return error instanceof TasksError && error.mayHelp;
}
