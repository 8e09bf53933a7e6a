import {
  type CallFacts,
  EventTrackersError,
  errorOfResponse,
  isRetryableStatus,
  jsonObject,
  secondsOf,
} from './errors.ts';

/** How to send requests to the API. */
export interface TransportOptions {
  /** A JWT, or a function that provides one for each attempt, so that no attempt sends an expired token. Secret. */
  readonly token?: string | (() => string | Promise<string>);
  /** Sends one request; fetch by default. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The maximum number of requests for one call. */
  readonly maxAttempts: number;
  /** The timeout of one request in milliseconds, not counting the time for which `Prefer: wait` asks the service to hold it. */
  readonly requestTimeoutMs: number;
}

/** One call of an operation. */
export interface Call {
  readonly operation: string;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** The time in `Prefer: wait`, in seconds. */
  readonly holdSeconds?: number;
  /** Whether the request can be repeated when its outcome is unknown. */
  readonly isRepeatable?: boolean;
}

/** What the client knows about a response besides its body. */
export interface ResponseMetadata {
  readonly httpStatusCode: number;
  readonly attempts: number;
  /** The request ID of API Gateway. It is also the correlation ID in the service. */
  readonly requestId?: string;
  /** The Retry-After header, in seconds. */
  readonly retryAfterSeconds?: number;
  /** The ETag header, for `ifMatch` of a change or deletion. */
  readonly etag?: string;
  /** True if the Idempotency-Key was already used for the same request. */
  readonly idempotencyReplayed?: boolean;
}

/** The maximum of the first back-off, in milliseconds. It doubles with each attempt. */
const FIRST_BACK_OFF_MS = 200;
/** The maximum back-off, in milliseconds. If Retry-After is longer, the call fails instead of waiting. */
const MAX_BACKOFF_MS = 20_000;

/**
 * A fetch for one call, to pass to openapi-fetch. It retries a request if that is safe and useful (no response, 408, 429, 5xx),
 * after a back-off with full jitter and not before Retry-After.
 */
export function fetchOf(
  { token, fetch, maxAttempts, requestTimeoutMs }: TransportOptions,
  { operation, signal, idempotencyKey, holdSeconds = 0, isRepeatable = true }: Call,
): { fetch: (request: Request) => Promise<Response>; attempts: () => number } {
  let attempts = 0;
  const factsOf = (): CallFacts => ({ operation, attempts, idempotencyKey });

  /** The response, or an error if there is none. */
  async function attempt(request: Request): Promise<Response | EventTrackersError> {
    const headers = new Headers(request.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${bearer(await tokenOf(token))}`);
    const deadline = new AbortController();
    const timeoutMs = requestTimeoutMs + holdSeconds * 1000;
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const signals = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
    // Following a redirect would send the token to another host.
    const sent = new Request(request.clone(), { headers, signal: signals, redirect: 'manual' });
    attempts++;
    try {
      return await wholeOf(await fetch(sent));
    } catch (cause) {
      signal?.throwIfAborted();
      if (deadline.signal.aborted) {
        const detail = `No response within ${timeoutMs / 1000} s.`;
        return new EventTrackersError({ ...factsOf(), reason: 'TIMED_OUT', detail, retryable: true });
      }
      if (!isNoConnection(cause)) throw cause;
      const detail = `Could not connect to the endpoint, or the connection was interrupted${codeOf(cause)}.`;
      return new EventTrackersError({ ...factsOf(), reason: 'CONNECTION_FAILED', detail, retryable: true, cause });
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
        throw errorOfResponse(factsOf(), outcome, await outcome.text(), token !== undefined);
      }
      await pause(waitMs, signal);
    }
  };
  return {
    async fetch(request) {
      const response = await send(request);
      const text = await response.clone().text();
      if (jsonObject(text) !== undefined) return response;
      const detail = 'The response does not come from the event trackers API.';
      const reason = 'UNEXPECTED_ANSWER';
      throw new EventTrackersError({ ...factsOf(), reason, detail, status: response.status, retryable: false });
    },
    attempts: () => attempts,
  };
}

/** The delay before the next attempt, in milliseconds; undefined if there should be none. */
function pauseMs(outcome: Response | EventTrackersError, attempts: number, isRepeatable: boolean): number | undefined {
  const backOff = Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempts - 1));
  if (outcome instanceof EventTrackersError) return isRepeatable ? backOff : undefined;
  // A 429 has no effect, so it can always be retried.
  if (!isRetryableStatus(outcome.status) || !(isRepeatable || outcome.status === 429)) return undefined;
  const wanted = (secondsOf(outcome.headers.get('retry-after')) ?? 0) * 1000;
  return wanted > MAX_BACKOFF_MS ? undefined : Math.max(wanted, backOff);
}

/** The response with its complete body, so that an interrupted body counts as no response. */
async function wholeOf(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  // With redirect: 'manual', a browser's fetch returns status 0 for a redirect.
  const init = { status: status === 0 ? 302 : status, statusText, headers };
  return new Response([204, 205, 304].includes(status) ? null : text, init);
}

/** Whether it is the error of a fetch without a response: a TypeError with a cause, or an error of a socket. */
const isNoConnection = (error: unknown): error is Error =>
  error instanceof Error && ((error instanceof TypeError && error.cause !== undefined) || codeOf(error) !== '');

/** The code of the system, TLS or undici, such as ECONNREFUSED, in parentheses. The other error messages say little. */
function codeOf(error: Error): string {
  const { cause } = error;
  const code = 'code' in error ? error.code : cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? ` (${code})` : '';
}

const tokenOf = async (token: NonNullable<TransportOptions['token']>): Promise<string> =>
  typeof token === 'string' ? token : await token();

/** @throws TypeError for a token that can't be a header value. The error that Headers throws would quote the token. */
export function bearer(token: unknown): string {
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TypeError('token must be a JWT: printable ASCII characters without spaces or line breaks');
}

/** @throws the signal's reason if it is aborted */
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

export function metadataOf({ status, headers }: Response, attempts: number): ResponseMetadata {
  return {
    httpStatusCode: status,
    attempts,
    requestId: headers.get('apigw-requestid') ?? undefined,
    retryAfterSeconds: secondsOf(headers.get('retry-after')),
    etag: headers.get('etag') ?? undefined,
    idempotencyReplayed: headers.get('idempotency-replayed') === 'true' || undefined,
  };
}

/** Sends a call with its retries. @throws Error for a response without a body */
export type SendCall = <Data>(
  call: Call,
  send: (init: { fetch: (request: Request) => Promise<Response> }) => Promise<{ data?: Data; response: Response }>,
) => Promise<{ data: Data; $metadata: ResponseMetadata }>;

export const callOf = ({ abortSignal, waitSeconds }: { abortSignal?: AbortSignal; waitSeconds?: number }) => ({
  signal: abortSignal,
  holdSeconds: waitSeconds,
});

/** An RFC 8941 string, so that a key may contain a comma. @throws TypeError */
export function quoted(idempotencyKey: string): string {
  if (/^[ -~]{1,255}$/.test(idempotencyKey)) return `"${idempotencyKey.replaceAll(/["\\]/g, '\\$&')}"`;
  throw new TypeError('idempotencyKey must be 1 to 255 printable ASCII characters');
}
