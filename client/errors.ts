import type { components } from './api-types.ts';

/** RFC 9457 `application/problem+json`, as the API answers it; docs/problems.md tells of each `reason`. */
export type Problem = components['schemas']['Problem'];

/** Why there is no problem of the API: nothing answered, or something else did. */
export type UnansweredReason =
  | 'CONNECTION_FAILED'
  | 'TIMED_OUT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'TOO_MANY_REQUESTS'
  | 'REQUEST_TOO_LARGE'
  | 'SERVICE_UNAVAILABLE'
  | 'UNEXPECTED_ANSWER';

/** A stable code: those of docs/problems.md, and the client's own. A newer service may have more. */
export type Reason = Problem['reason'] | UnansweredReason | (string & {});

export interface ErrorFacts {
  readonly operation: string;
  readonly reason: Reason;
  readonly detail: string;
  readonly remedy?: string;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly status?: number;
  readonly title?: string;
  readonly type?: string;
  readonly errors?: readonly { readonly field: string; readonly rule: string }[];
  readonly correlationId?: string;
  readonly existing?: Problem['existing'];
  readonly awsError?: string;
  readonly awsRequestId?: string;
  readonly retryAfterSeconds?: number;
  readonly idempotencyKey?: string;
  readonly cause?: unknown;
}

/**
 * A call that the API refused, or that got no answer of it. Holds no token, task token or tracking ID, and no body of what
 * answered in the API's place.
 */
export class EventTrackersError extends Error {
  override readonly name = 'EventTrackersError';
  /** Of the API, as CreateEventTracker. */
  readonly operation: string;
  readonly reason: Reason;
  /** What happened, for people. */
  readonly detail: string;
  /** What to do about it, for people; absent where something else than the API answered, or nothing. */
  readonly remedy: string | undefined;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
  /** How many requests were sent. */
  readonly attempts: number;
  /** Of HTTP; absent when nothing answered. */
  readonly status: number | undefined;
  readonly title: string | undefined;
  /** Where the problem is explained, relative to the API. */
  readonly type: string | undefined;
  /** The fields that break a rule; empty where the problem is of no field. */
  readonly errors: readonly { readonly field: string; readonly rule: string }[];
  /** The request's id, for the people on call. */
  readonly correlationId: string | undefined;
  /** With NAME_CONFLICT and TAGS_CONFLICT: what the dataset group has. */
  readonly existing: Problem['existing'];
  readonly awsError: string | undefined;
  readonly awsRequestId: string | undefined;
  /** When it is worth asking again, in seconds, where the answer said so. */
  readonly retryAfterSeconds: number | undefined;
  /** Of a request that carried one: asked again with it, nothing is made twice. */
  readonly idempotencyKey: string | undefined;

  constructor(facts: ErrorFacts) {
    const { operation, detail, reason, status, correlationId } = facts;
    const marks = [status, reason, correlationId !== undefined && `correlation id ${correlationId}`].filter(Boolean);
    super(`${operation}: ${detail} (${marks.join(', ')})`, facts.cause === undefined ? {} : { cause: facts.cause });
    this.operation = operation;
    this.reason = reason;
    this.detail = detail;
    this.remedy = facts.remedy;
    this.retryable = facts.retryable;
    this.attempts = facts.attempts;
    this.status = status;
    this.title = facts.title;
    this.type = facts.type;
    this.errors = facts.errors ?? [];
    this.correlationId = correlationId;
    this.existing = facts.existing;
    this.awsError = facts.awsError;
    this.awsRequestId = facts.awsRequestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.idempotencyKey = facts.idempotencyKey;
  }
}

/** What is known of the call, whatever answered it. */
export interface Called {
  readonly operation: string;
  readonly attempts: number;
  readonly idempotencyKey?: string;
}

/** The statuses that are worth another attempt, whoever answered them. */
export const isWorthAnotherAttempt = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status);

/** The error that an answer is: the API's problem, API Gateway's own message, or what something in between said. */
export function errorOfAnswer(called: Called, { status, headers }: Response, text: string): EventTrackersError {
  const body = jsonObject(text);
  const retryAfterSeconds = secondsOf(headers.get('retry-after'));
  const common = { ...called, status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  if (body !== undefined && isProblem(body)) {
    const { remedy, errors, existing, awsError, awsRequestId } = body as Partial<Problem>;
    return new EventTrackersError({
      ...common,
      reason: body.reason,
      detail: body.detail,
      retryable: body.retryable,
      title: body.title,
      type: body.type,
      correlationId: body.correlationId,
      ...(typeof remedy === 'string' && { remedy }),
      ...(Array.isArray(errors) && { errors }),
      existing,
      awsError,
      awsRequestId,
    });
  }
  // API Gateway's id of the request: the one that the service would have called its correlation id.
  const correlationId = headers.get('apigw-requestid') ?? undefined;
  const { reason, detail } = unexplained(status);
  return new EventTrackersError({
    ...common,
    reason,
    detail,
    retryable: isWorthAnotherAttempt(status),
    ...(correlationId !== undefined && { correlationId }),
  });
}

/** What a status says by itself. Nothing of the body is told: a proxy's page may repeat the request. */
function unexplained(status: number): { reason: UnansweredReason; detail: string } {
  switch (status) {
    case 401:
      return { reason: 'UNAUTHORIZED', detail: 'The token is missing, expired or not one of this API.' };
    case 403:
      return { reason: 'FORBIDDEN', detail: 'The token lacks the scope that this operation needs.' };
    case 413:
      return { reason: 'REQUEST_TOO_LARGE', detail: 'The request is larger than API Gateway takes.' };
    case 429:
      return { reason: 'TOO_MANY_REQUESTS', detail: 'API Gateway throttles. Asking again later is safe.' };
    case 500:
    case 502:
    case 503:
    case 504:
      return { reason: 'SERVICE_UNAVAILABLE', detail: 'The service did not answer. Asking again is safe.' };
    default:
      return { reason: 'UNEXPECTED_ANSWER', detail: 'What answers at the endpoint is not the event trackers API.' };
  }
}

type Fields = Readonly<Record<string, unknown>>;
type CoreProblem = Pick<Problem, 'type' | 'title' | 'detail' | 'reason' | 'retryable' | 'correlationId'>;

const isProblem = (body: Fields): body is Fields & CoreProblem =>
  ['type', 'title', 'detail', 'reason', 'correlationId'].every((field) => typeof body[field] === 'string') &&
  typeof body.retryable === 'boolean';

/** The JSON object in a text; undefined for anything else. */
export function jsonObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Retry-After in seconds, of its seconds or its date (RFC 9110, 10.2.3); undefined where there is none. */
export function secondsOf(retryAfter: string | null, now = Date.now()): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
