// Queries and mutations over HTTP.
import { errorOf, NetworkError, ServerError, SessionOver, TooManyRequests, type ApiError, type GraphqlError } from './errors.js';
import type { Session } from './session.js';
import { pause } from './time.js';

/** A document with the types of its result and its variables. The client's own operations are such documents. */
export interface Document<Result, Variables> {
  toString(): string;
  // The property has the form of the package @graphql-typed-document-node/core, which code generators use.
  __apiType?: ((variables: Variables) => Result) | undefined;
}

export interface SendOptions {
  signal?: AbortSignal | undefined;
}

export interface HttpSettings {
  url: string;
  session: Session;
  fetch: typeof fetch;
  /** How long an answer may take, in milliseconds. */
  answerWithin: number;
  /** How long a request may wait in all for the end of throttling, in milliseconds. */
  throttlePatience: number;
}

export class Http {
  #settings: HttpSettings;
  // In milliseconds since the epoch. The firewall's throttling (HTTP 429) stops all requests, a spent budget only changes.
  #throttledUntil = 0;
  #spentUntil = 0;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /** Returns the data. Throws the errors of errors.ts. */
  async send(query: string, variables: unknown, { signal }: SendOptions = {}): Promise<unknown> {
    const { throttlePatience, session } = this.#settings;
    const body = JSON.stringify({ query, variables });
    const deadline = Date.now() + throttlePatience;
    const isChange = query.trimStart().startsWith('mutation');
    for (let refresh = false; ; ) {
      await this.#endOfThrottling(isChange, deadline, signal);
      const { signIns } = session;
      const response = await this.#post(body, refresh, signal);
      if (response.status === 401) {
        const isNewSession = signIns !== session.signIns;
        // A token that expired by the API's clock may be valid by this one.
        if (!refresh || isNewSession) {
          refresh = !isNewSession;
          continue;
        }
        session.end();
        throw new SessionOver();
      }
      const error = response.error;
      if (!error) return response.data;
      if (!(error instanceof TooManyRequests)) throw error;
      const until = Date.now() + error.errorInfo.retryAfter * 1000;
      if (response.status === 429) this.#throttledUntil = Math.max(this.#throttledUntil, until);
      else this.#spentUntil = Math.max(this.#spentUntil, until);
      if (until > deadline) throw error;
    }
  }

  async #endOfThrottling(isChange: boolean, deadline: number, signal?: AbortSignal): Promise<void> {
    const until = Math.max(this.#throttledUntil, isChange ? this.#spentUntil : 0);
    const wait = until - Date.now();
    if (wait <= 0) return;
    if (until > deadline) throw tooManyRequests(Math.ceil(wait / 1000));
    await pause(wait, signal);
  }

  async #post(body: string, refresh: boolean, signal?: AbortSignal): Promise<Answer> {
    const { url, session, answerWithin, fetch } = this.#settings;
    const authorization = await session.headers({ url, body, refresh });
    const tooLate = AbortSignal.timeout(answerWithin);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body,
        signal: signal ? AbortSignal.any([signal, tooLate]) : tooLate,
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new NetworkError('The API cannot be reached.', { cause: error });
    }
    return answerOf(response, text);
  }
}

interface Answer {
  status: number;
  data: unknown;
  error: ApiError | ServerError | null;
}

function answerOf({ status, headers }: Response, text: string): Answer {
  if (status === 429) {
    const retryAfter = retryAfterOf(headers.get('retry-after'));
    return { status, data: null, error: retryAfter === null ? errorOf({ message: THROTTLED, errorType: 'TooManyRequests' }) : tooManyRequests(retryAfter) };
  }
  const { data = null, errors } = parsed(text);
  if (errors?.[0]) return { status, data, error: errorOf(errors[0], data) };
  if (status >= 400 || data === null) return { status, data, error: new ServerError(`The API answered with HTTP ${status}.`, status) };
  return { status, data, error: null };
}

const THROTTLED = 'Too many requests.';
const tooManyRequests = (retryAfter: number) => new TooManyRequests(THROTTLED, { retryAfter });

/** Returns the seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3), or null. */
function retryAfterOf(header: string | null): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000);
}

function parsed(text: string): { data?: unknown; errors?: GraphqlError[] } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}
