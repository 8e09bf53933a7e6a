import type { components } from './api-types.ts';

/** The API's errors, in RFC 9457 format (`application/problem+json`). docs/problems.md explains each `reason`. */
export type Problem = components['schemas']['Problem'];

/** The client's own reasons, for an error that does not come from the API: no response, or a response from something else. */
export type ClientReason =
  | 'CONNECTION_FAILED'
  | 'TIMED_OUT'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'TOO_MANY_REQUESTS'
  | 'REQUEST_TOO_LARGE'
  | 'SERVICE_UNAVAILABLE'
  | 'UNEXPECTED_ANSWER';

/** A stable code: one of docs/problems.md, or one of the client's own. A newer service may add codes. */
export type Reason = Problem['reason'] | ClientReason | (string & {});

/**
 * A call that the API rejected, or that got no response from the API. Contains no token, task token or tracking ID, and no body of
 * a response from something else.
 */
export class EventTrackersError extends Error {
  override readonly name = 'EventTrackersError';
  /** The name of the API operation, such as CreateEventTracker. */
  readonly operation: string;
  readonly reason: Reason;
  /** What happened, as a sentence. */
  readonly detail: string;
  /** What to do about it, as a sentence; absent if the API did not respond. */
  readonly remedy: string | undefined;
  /** Whether the same request can succeed later without changes. */
  readonly retryable: boolean;
  /** The number of requests sent. */
  readonly attempts: number;
  /** The HTTP status; absent if there was no response. */
  readonly status: number | undefined;
  readonly title: string | undefined;
  /** The path of the explanation, relative to the API. */
  readonly type: string | undefined;
  /** The invalid fields, if any. */
  readonly errors: readonly { readonly field: string; readonly rule: string }[];
  /** The ID of the request, for the operators of the service. */
  readonly correlationId: string | undefined;
  /** With NAME_CONFLICT and TAGS_CONFLICT: the tracker that the dataset group has. */
  readonly existing: Problem['existing'];
  readonly awsError: string | undefined;
  readonly awsRequestId: string | undefined;
  /** The Retry-After header in seconds, if the response had one. */
  readonly retryAfterSeconds: number | undefined;
  /** The key of the request, if it had one. Repeating the request with this key is safe. */
  readonly idempotencyKey: string | undefined;

  constructor(facts: ErrorFacts) {
    const { operation, detail, reason, retryable, attempts, status, correlationId } = facts;
    const marks = [status, reason, correlationId !== undefined && `correlation id ${correlationId}`].filter(Boolean);
    super(`${operation}: ${detail} (${marks.join(', ')})`, facts.cause === undefined ? {} : { cause: facts.cause });
    this.operation = operation;
    this.reason = reason;
    this.detail = detail;
    this.retryable = retryable;
    this.attempts = attempts;
    this.status = status;
    this.remedy = facts.remedy;
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

type RequiredFact = 'operation' | 'reason' | 'detail' | 'retryable' | 'attempts';
type ErrorFacts = Pick<EventTrackersError, RequiredFact> &
  Partial<Omit<EventTrackersError, RequiredFact | 'name' | 'message' | 'stack'>>;

/** What the client knows about a call without a response. */
export type CallFacts = Pick<EventTrackersError, 'operation' | 'attempts' | 'idempotencyKey'>;

/** Whether a retry can help, whether the API or something else returned the status. */
export const isRetryableStatus = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status);

/**
 * The error for a response that the API, API Gateway or something in between returned.
 * @param hasToken whether the client has a token; without one, its `fetch` authorizes the requests, such as with SigV4
 */
export function errorOfResponse(
  call: CallFacts,
  { status, headers }: Response,
  text: string,
  hasToken: boolean,
): EventTrackersError {
  const body = jsonObject(text);
  const common = { ...call, status, retryAfterSeconds: secondsOf(headers.get('retry-after')) };
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
  return new EventTrackersError({
    ...common,
    ...unexplained(status, hasToken),
    retryable: isRetryableStatus(status),
    // The service uses API Gateway's request ID as its correlation ID.
    correlationId: headers.get('apigw-requestid') ?? undefined,
  });
}

/** The reason and detail for a status. Nothing of the body is quoted, because the page of a proxy may repeat the request. */
function unexplained(status: number, hasToken: boolean): { reason: ClientReason; detail: string } {
  if (!hasToken && (status === 401 || status === 403)) {
    const detail =
      'API Gateway did not accept the AWS credentials that signed the request. ' +
      'Check the credentials, the Region that is signed for, and that their policy allows execute-api:Invoke.';
    return { reason: status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN', detail };
  }
  switch (status) {
    case 401:
      return { reason: 'UNAUTHORIZED', detail: 'The token is missing, expired or not valid for this API.' };
    case 403:
      return { reason: 'FORBIDDEN', detail: 'The token lacks the scope that this operation requires.' };
    case 413:
      return { reason: 'REQUEST_TOO_LARGE', detail: 'The request is larger than API Gateway accepts.' };
    case 429:
      return { reason: 'TOO_MANY_REQUESTS', detail: 'API Gateway throttled the request. Retrying later is safe.' };
    case 500:
    case 502:
    case 503:
    case 504:
      return { reason: 'SERVICE_UNAVAILABLE', detail: 'The service did not respond. Retrying is safe.' };
    default:
      return { reason: 'UNEXPECTED_ANSWER', detail: 'The response does not come from the event trackers API.' };
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

/** Retry-After in seconds, from either of its forms (RFC 9110, 10.2.3); undefined if absent or invalid. */
export function secondsOf(retryAfter: string | null, now = Date.now()): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
