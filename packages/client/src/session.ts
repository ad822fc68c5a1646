// The credentials of each request, and whether the session goes on.
import { NetworkError, safely, SessionOver } from './errors.js';
import { inTime } from './time.js';

/** What a request is authorized for. Signatures cover it; tokens and keys ignore it. */
export interface Target {
  url: string;
  body: string;
  /** The last credentials were refused: get new ones, although the old ones have not expired by this clock. */
  refresh: boolean;
}

/**
 * Returns the headers that authorize a request. Throws SessionOver if the user must sign in again. Any other error means
 * that no credentials could be had at the moment, for example because the device is not online; it is tried again.
 */
export type Credentials = (target: Target) => Promise<Record<string, string>>;

/** Authorizes with an API key. */
export function apiKey(key: string): Credentials {
  return async () => ({ 'x-api-key': key });
}

/**
 * Authorizes with an access token of Cognito, which is requested before each request and never stored. Null or undefined
 * means that nobody is signed in.
 */
export function userPool(token: (options: { refresh: boolean }) => Promise<string | null | undefined>): Credentials {
  return async ({ refresh }) => {
    const current = await token({ refresh });
    if (!current) throw new SessionOver();
    return { Authorization: current };
  };
}

/** Authorizes with the session of Amplify: pass `fetchAuthSession` of `aws-amplify/auth`. */
export function amplify(
  fetchAuthSession: (options: { forceRefresh: boolean }) => Promise<{ tokens?: { accessToken: { toString(): string } } | undefined }>,
): Credentials {
  return userPool(async ({ refresh }) => (await fetchAuthSession({ forceRefresh: refresh })).tokens?.accessToken.toString());
}

export type SessionState = 'active' | 'over';

/** The session. It is over when there are no credentials or when the API refuses fresh ones. */
export class Session {
  #state: SessionState = 'active';
  #signIns = 0;
  #listeners = new Set<(state: SessionState) => void>();
  #credentials: Credentials;
  #patience: number;

  /** `patience`: how long the credentials may take, in milliseconds. */
  constructor(credentials: Credentials, patience: number) {
    this.#credentials = credentials;
    this.#patience = patience;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Counts the calls of `resume`. A refusal of credentials from before the latest one says nothing about the session. */
  get signIns(): number {
    return this.#signIns;
  }

  /**
   * Returns the headers that authorize a request. Throws SessionOver, or NetworkError if the credentials cannot be had at
   * the moment.
   */
  async headers(target: Target): Promise<Record<string, string>> {
    if (this.#state === 'over') throw new SessionOver();
    const signIns = this.#signIns;
    try {
      return await inTime(this.#credentials(target), this.#patience, tooLate);
    } catch (error) {
      if (signIns !== this.#signIns) return this.headers(target);
      if (error instanceof SessionOver) this.end();
      if (error instanceof SessionOver || error instanceof NetworkError) throw error;
      throw new NetworkError('The credentials cannot be had at the moment.', { cause: error });
    }
  }

  /** Ends the session, for example when the user signs out. Requests throw SessionOver, and live updates pause. */
  end(): void {
    this.#change('over');
  }

  /** Continues after the user signed in again: live updates and what waits to be sent go on. */
  resume(): void {
    this.#signIns += 1;
    this.#change('active');
  }

  /** Calls the listener when the session ends or continues. Returns a function that ends that. */
  onChange(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #change(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) safely(() => listener(state));
  }
}

const tooLate = () => new NetworkError('The credentials did not arrive in time.');
