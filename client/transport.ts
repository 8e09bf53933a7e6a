import {
  type Called,
  EventTrackersError,
  errorOfAnswer,
  isWorthAnotherAttempt,
  jsonObject,
  secondsOf,
} from './errors.ts';

/** How requests reach the API. */
export interface TransportOptions {
  /** A JWT, or what gives one; called for each attempt, so that one that has expired is not sent again. Secret. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sends one request; fetch by default. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Requests sent for one call at most. */
  readonly maxAttempts: number;
  /** For one request, beside what `Prefer: wait` asks the service to hold it, in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** One call of an operation. */
export interface Call {
  readonly operation: string;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** What `Prefer: wait` asks for, in seconds. */
  readonly holdSeconds?: number;
  /** Whether the request may be sent again when it is not known what became of it. */
  readonly isRepeatable?: boolean;
}

/** What is known of the answer beside its body. */
export interface Answered {
  readonly httpStatusCode: number;
  readonly attempts: number;
  /** Of API Gateway, and the correlation id of what it led to. */
  readonly requestId?: string;
  /** When it is worth asking again, in seconds. */
  readonly retryAfterSeconds?: number;
  /** For `If-Match` of a deletion. */
  readonly etag?: string;
  /** True where the Idempotency-Key was used before, for the same request. */
  readonly idempotencyReplayed?: boolean;
}

/** The first pause before another attempt is up to this, in milliseconds; it doubles. */
const FIRST_BACK_OFF_MS = 200;
/** No pause is longer than this; a Retry-After that is, is told to the caller instead. */
const MAX_BACKOFF_MS = 20_000;

/**
 * A fetch of one call, for openapi-fetch: it sends the request, and sends it again where that is safe and of use (nothing
 * answered, 408, 429, 5xx), after a back-off with full jitter and not before Retry-After.
 * @returns the last answer, its body read, whatever its status
 */
export function fetchOf(
  { token, fetch, maxAttempts, requestTimeoutMs }: TransportOptions,
  { operation, signal, idempotencyKey, holdSeconds = 0, isRepeatable = true }: Call,
): { fetch: (request: Request) => Promise<Response>; attempts: () => number } {
  let attempts = 0;
  const called = (): Called => ({ operation, attempts, ...(idempotencyKey !== undefined && { idempotencyKey }) });

  /** The answer, or that there is none. */
  async function attempt(request: Request): Promise<Response | EventTrackersError> {
    const headers = new Headers(request.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${bearer(await tokenOf(token))}`);
    const deadline = new AbortController();
    const timeoutMs = requestTimeoutMs + holdSeconds * 1000;
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const signals = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    // A redirect would carry the token to wherever it leads: it is an answer like any other.
    const sent = new Request(request.clone(), { headers, signal: signals, redirect: 'manual' });
    attempts++;
    try {
      return await wholeOf(await fetch(sent));
    } catch (cause) {
      signal?.throwIfAborted();
      if (deadline.signal.aborted) {
        const detail = `Nothing answered within ${timeoutMs / 1000} s.`;
        return new EventTrackersError({ ...called(), reason: 'TIMED_OUT', detail, retryable: true });
      }
      if (!isNoConnection(cause)) throw cause;
      const detail = `The endpoint could not be reached, or the connection broke${codeOf(cause)}.`;
      return new EventTrackersError({ ...called(), reason: 'CONNECTION_FAILED', detail, retryable: true, cause });
    } finally {
      clearTimeout(timer);
    }
  }

  const send = async (request: Request): Promise<Response> => {
    signal?.throwIfAborted();
    for (;;) {
      const outcome = await attempt(request);
      const waitMs = pauseMs(outcome, attempts, isRepeatable);
      if (attempts >= maxAttempts || waitMs === undefined) {
        if (outcome instanceof EventTrackersError) throw outcome;
        if (outcome.ok) return outcome;
        throw errorOfAnswer(called(), outcome, await outcome.text());
      }
      await pause(waitMs, signal);
    }
  };
  return {
    async fetch(request) {
      const response = await send(request);
      const text = await response.clone().text();
      if (jsonObject(text) !== undefined) return response;
      const detail = 'What answers at the endpoint is not the event trackers API.';
      const reason = 'UNEXPECTED_ANSWER';
      throw new EventTrackersError({ ...called(), reason, detail, status: response.status, retryable: false });
    },
    attempts: () => attempts,
  };
}

/** How long to wait before the next attempt, in milliseconds; undefined when there should be none. */
function pauseMs(outcome: Response | EventTrackersError, attempts: number, isRepeatable: boolean): number | undefined {
  const backOff = Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempts - 1));
  if (outcome instanceof EventTrackersError) return isRepeatable ? backOff : undefined;
  // A 429 is refused before anything is done: it may be sent again in any case.
  const isAnotherOfUse = isWorthAnotherAttempt(outcome.status) && (isRepeatable || outcome.status === 429);
  if (!isAnotherOfUse) return undefined;
  const wanted = (secondsOf(outcome.headers.get('retry-after')) ?? 0) * 1000;
  return wanted > MAX_BACKOFF_MS ? undefined : Math.max(wanted, backOff);
}

/** The answer with its body read: what breaks off in the middle is no answer. */
async function wholeOf(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  // A status of 0 is an opaque redirect of a browser's fetch.
  const init = { status: status === 0 ? 302 : status, statusText, headers };
  return new Response([204, 205, 304].includes(status) ? null : text, init);
}

/** What fetch throws when there is no answer: a TypeError with its cause, or the error of a socket. */
const isNoConnection = (error: unknown): error is Error =>
  error instanceof Error && ((error instanceof TypeError && error.cause !== undefined) || codeOf(error) !== '');

/** The code of the system, TLS or undici, as ECONNREFUSED, in brackets; it alone tells people what to look at. */
function codeOf(error: Error): string {
  const { cause } = error;
  const code = 'code' in error ? error.code : cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : '';
}

const tokenOf = async (token: NonNullable<TransportOptions['token']>): Promise<string> =>
  typeof token === 'string' ? token : await token();

/** @throws TypeError for what can not stand in a header; Headers' own error would quote the token */
export function bearer(token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError('token must be a JWT: printable ASCII characters without spaces or line breaks');
}

/** @throws the signal's reason, when it is aborted */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** What is known of the answer beside its body. */
export function answeredOf({ status, headers }: Response, attempts: number): Answered {
  const retryAfterSeconds = secondsOf(headers.get('retry-after'));
  const etag = headers.get('etag');
  const requestId = headers.get('apigw-requestid');
  return {
    httpStatusCode: status,
    attempts,
    ...(requestId !== null && { requestId }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(etag !== null && { etag }),
    ...(headers.get('idempotency-replayed') === 'true' && { idempotencyReplayed: true }),
  };
}
