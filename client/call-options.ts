import type { ResponseMetadata } from './transport.ts';

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call; its promise rejects with the signal's reason. This does not cancel an accepted request. */
  readonly abortSignal?: AbortSignal;
}
export interface KeyedCallOptions extends CallOptions {
  /**
   * At most 255 printable ASCII characters; generated if omitted. Use your own if another process may repeat the request: within
   * 24 hours, the same key has an effect only once.
   */
  readonly idempotencyKey?: string;
}
export interface HeldCallOptions {
  /**
   * Asks the service to hold the response until there is an outcome, for at most this number of seconds (`Prefer: wait`). A
   * deployment that does not hold responses returns immediately, with `$metadata.retryAfterSeconds`.
   */
  readonly waitSeconds?: number;
}
export interface CreateCallOptions extends KeyedCallOptions {
  /** W3C trace context, which the events carry. */
  readonly traceparent?: string;
}

/** The body of a response, with its metadata. */
export type Output<Body> = Body & { readonly $metadata: ResponseMetadata };
