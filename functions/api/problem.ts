import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { SCOPES } from '../requests/caller.ts';
import { MAX_CALLBACKS, MAX_PENDING_NOTIFICATIONS } from '../tracker/desired-state.ts';
import { actualOf } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isClaimable, type Status } from '../tracker/record.ts';
import type { RequestError } from '../tracker/request-error.ts';
import { locationOf } from './resource.ts';

/** An RFC 9457 problem. `reason` is a stable code for programs. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly reason: string;
  readonly detail: string;
  /** What the caller can do about it, in one or two sentences. */
  readonly remedy: string;
  /** The same request can succeed later without being changed. Default: false. */
  readonly retryable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** The `type` of a problem, relative to the API's root. Every deployment serves GET /problems/{reason}. */
const pageOf = (reason: string): string => `/problems/${reason.toLowerCase()}`;

/**
 * The only mapping from the reasons of rejected requests to HTTP.
 * @param entrance where the caller came in: its links begin with it
 */
export function problemOf(refused: RequestError, entrance = ''): Problem {
  switch (refused.reason) {
    case 'INVALID_REQUEST':
      return {
        status: 400,
        title: 'Invalid request',
        reason: refused.reason,
        detail: refused.errors.map(({ field, rule }) => `${field} ${rule}`).join('; '),
        remedy: 'Correct the fields listed in `errors`, then send the corrected request.',
        members: { errors: refused.errors },
      };
    case 'BODY_NOT_JSON':
      return {
        status: 400,
        title: 'The request body is not valid JSON',
        reason: refused.reason,
        detail: refused.errors.map(({ field, rule }) => `${field} ${rule}`).join('; '),
        remedy: 'Send the body as one JSON object, encoded in UTF-8.',
        members: { errors: refused.errors },
      };
    case 'UNSUPPORTED_MEDIA_TYPE': {
      const { field } = refused;
      const rule = field === 'Content-Type' ? 'must be application/json' : 'must be identity or left out';
      return {
        status: 415,
        title: field === 'Content-Type' ? 'Unsupported content type' : 'Unsupported content encoding',
        reason: refused.reason,
        detail: `${field} ${rule}.`,
        remedy: 'Send JSON in UTF-8 with Content-Type: application/json and without Content-Encoding.',
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
        members: { errors: [{ field, rule }] },
      };
    }
    case 'TENANT_NOT_ALLOWED':
      return {
        status: 403,
        title: 'The token does not name a tenant',
        reason: refused.reason,
        detail: "The token's tenant claim is missing or is not the name of a tenant.",
        remedy: 'Use a token whose tenant claim is the name of one tenant.',
      };
    case 'DATASET_GROUP_NOT_ALLOWED':
      return {
        status: 403,
        title: 'Dataset group not allowed',
        reason: refused.reason,
        // One text for every cause: it must not reveal whether another tenant has the group.
        detail:
          "The caller is not allowed to use this dataset group. If the token lists dataset groups, this one must be on the list. Otherwise its name must start with the tenant's name and the separator. In both cases it must not belong to another tenant.",
        remedy: 'Use a dataset group that the caller is allowed to use, or a token that is allowed to use this one.',
        members: { errors: [{ field: 'datasetGroupArn', rule: 'must be a dataset group that the caller may use' }] },
      };
    case 'NOT_ACTIVE':
      return {
        status: 409,
        title: 'The event tracker is not ACTIVE',
        reason: refused.reason,
        detail: `Interactions are accepted only while the event tracker is ACTIVE. It is ${refused.status}.`,
        ...untilActive(refused),
      };
    case 'PRECONDITION_FAILED':
      return {
        status: 412,
        title: 'The event tracker has changed',
        reason: refused.reason,
        detail: "If-Match does not contain the event tracker's current ETag.",
        remedy: 'Read the event tracker again. If you still want the change, send the request with the current ETag.',
      };
    case 'METHOD_NOT_ALLOWED':
      return {
        status: 405,
        title: 'Method not allowed',
        reason: refused.reason,
        detail: `Allowed methods: ${refused.allow.join(', ')}.`,
        remedy: `Use ${refused.allow.join(' or ')}.`,
        headers: { allow: refused.allow.join(', ') },
      };
    case 'NOT_ENABLED': {
      const { settings, field } = refused;
      const named = settings.length === 1 ? `setting ${settings[0]} is` : `settings ${settings.join(' and ')} are`;
      const rule = `must be left out: in this deployment the ${named} off`;
      return {
        status: field === undefined ? 404 : 400,
        title: 'Not enabled in this deployment',
        reason: refused.reason,
        detail:
          field === undefined ? `This deployment does not offer this route: the ${named} off.` : `${field} ${rule}.`,
        remedy:
          field === undefined
            ? 'See /openapi.json for what this deployment offers, or ask its operator to turn the setting on.'
            : `Leave out ${field}, or ask the operator of the deployment to turn the setting on.`,
        ...(field !== undefined && { members: { errors: [{ field, rule }] } }),
      };
    }
    case 'TOO_MANY_UNFINISHED':
      return {
        status: 429,
        title: 'Too many unfinished event trackers',
        reason: refused.reason,
        detail: `The tenant has reached the limit of ${refused.limit} event trackers that are being created, deleted or cleaned up.`,
        remedy: 'Send the request again after Retry-After seconds. It is accepted once some of them are finished.',
        retryable: true,
        headers: { 'retry-after': '10' },
      };
    case 'BODY_TOO_LARGE':
      return {
        status: 413,
        title: 'The request body is too large',
        reason: refused.reason,
        detail: `The body must be at most ${refused.limit} bytes long.`,
        remedy: 'Send a smaller body, or split it into several requests.',
        members: { errors: [{ field: '(body)', rule: `must be at most ${refused.limit} bytes long` }] },
      };
    case 'REFUSED_BY_PERSONALIZE':
      return {
        status: 422,
        title: 'Personalize rejected the request',
        reason: refused.reason,
        detail: refused.message,
        remedy: 'Correct what Personalize rejects, then send the corrected request.',
        members: { awsError: refused.awsError, awsRequestId: refused.awsRequestId },
      };
    case 'IDEMPOTENCY_KEY_REUSED':
      return {
        status: 422,
        title: 'The Idempotency-Key was already used for a different request',
        reason: refused.reason,
        detail: 'This Idempotency-Key was used within the last 24 hours with another path or body.',
        remedy: 'Use a new key for a new request. To repeat an earlier request, send the path and body that it had.',
        members: { errors: [{ field: 'Idempotency-Key', rule: 'must not be reused with another path or body' }] },
      };
    case 'THROTTLED':
      return {
        status: 503,
        title: 'Personalize is busy',
        reason: refused.reason,
        detail: 'Personalize throttled the call or did not answer in time.',
        remedy:
          refused.of === 'interactions'
            ? 'Send the request again after Retry-After seconds. Personalize uses an interaction once if it has an eventId.'
            : 'Send the request again after Retry-After seconds.',
        retryable: true,
        headers: { 'retry-after': '2' },
      };
    case 'SCOPE_REQUIRED':
      return {
        status: 403,
        title: 'Missing scope',
        reason: refused.reason,
        detail: `This request needs the scope ${refused.scope}.`,
        remedy: `Use a token with the scope ${refused.scope}${refused.scope === SCOPES.platform ? ", or sign with one of the deployment's platform roles" : ''}.`,
      };
    case 'NOT_FAILED':
      return {
        status: 409,
        title: 'Nothing to retry',
        reason: refused.reason,
        detail: `Only an event tracker that is CREATE FAILED can be retried; this one is ${refused.status}.`,
        remedy: 'Read the event tracker. If it is deleted or released, request a new one with POST /event-trackers.',
      };
    case 'NO_ROOM':
      return {
        status: 503,
        title: 'Too many undelivered notifications',
        reason: refused.reason,
        detail: `This event tracker has reached the limit of ${MAX_PENDING_NOTIFICATIONS} undelivered events and callbacks.`,
        remedy: 'Send the request again after Retry-After seconds, once some of them are delivered.',
        retryable: true,
        headers: { 'retry-after': '60' },
      };
    case 'TOO_MANY_CALLBACKS':
      return {
        status: 409,
        title: 'Too many callbacks',
        reason: refused.reason,
        detail: `${MAX_CALLBACKS} task tokens are already waiting for this event tracker, which is the limit.`,
        remedy: 'Send the request without a callback, or send it again once some of those task tokens are answered.',
        retryable: true,
        members: {
          errors: [
            {
              field: 'callback',
              rule: `must be left out while ${MAX_CALLBACKS} task tokens wait for the event tracker`,
            },
          ],
        },
      };
    case 'DESTROY_NOT_ENABLED':
      return {
        status: 403,
        title: 'This deployment does not delete adopted event trackers',
        reason: refused.reason,
        detail:
          'This event tracker was adopted. The deployment deletes only event trackers that it created: its setting destroyAdopted is off.',
        remedy:
          'Leave out destroy=true to release the event tracker; Personalize keeps it. To delete it, use Personalize itself.',
        members: { errors: [{ field: 'destroy', rule: 'must be left out or false for an adopted event tracker' }] },
      };
    case 'NOT_FOUND':
      return {
        status: 404,
        title: 'Not found',
        reason: refused.reason,
        ...notFoundText(refused.path),
      };
    case 'NAME_CONFLICT':
    case 'TAGS_CONFLICT': {
      const { existing } = refused;
      const { name, tags } = actualOf(existing);
      const differs = refused.reason === 'NAME_CONFLICT' ? 'name' : 'tags';
      return {
        status: 409,
        title: 'The dataset group already has another event tracker',
        reason: refused.reason,
        ...conflictText(existing, name, differs),
        headers: { link: `<${locationOf(existing, entrance)}>; rel="describedby"` },
        members: {
          errors: [
            {
              field: differs,
              rule: `must be the existing event tracker's ${differs}, unless that one is deleted first`,
            },
          ],
          existing: {
            trackerId: existing.trackerId,
            name,
            status: existing.status,
            tags,
            href: locationOf(existing, entrance),
          },
        },
      };
    }
  }
}

/** An event tracker that failed or is gone conflicts only with an old Idempotency-Key, which never starts a new one. */
function conflictText(
  existing: EventTrackerRecord,
  name: string,
  differs: 'name' | 'tags',
): Pick<Problem, 'detail' | 'remedy'> {
  const other = differs === 'name' ? 'another name' : 'other tags';
  return isClaimable(existing)
    ? {
        detail: `This Idempotency-Key belongs to an earlier request. Since then "${name}" was requested for the dataset group, with ${other}. It is ${existing.status}.`,
        remedy: 'Send the request with a new Idempotency-Key.',
      }
    : {
        detail: `The dataset group already has the event tracker "${name}", with ${other} than requested. A dataset group can have only one event tracker.`,
        remedy: `Send the request with the ${differs} of the existing event tracker, or delete that one first.`,
      };
}

/** A path outside the API is no secret; of an event tracker, the text does not say whether it exists. */
const notFoundText = (path?: true): Pick<Problem, 'detail' | 'remedy'> =>
  path
    ? { detail: 'No such path.', remedy: 'Check the path: /openapi.json lists the paths of this deployment.' }
    : {
        detail: 'No such resource, or it is not visible to this caller.',
        remedy: 'Check the path and the token. An event tracker exists once it has been requested.',
      };

/** A requested event tracker becomes ACTIVE without another request, also after an earlier one is deleted. */
function untilActive({
  status,
  becomesActive,
}: {
  status: Status;
  becomesActive: boolean;
}): Pick<Problem, 'remedy' | 'retryable'> {
  if (becomesActive) return { remedy: 'Send the interactions once the event tracker is ACTIVE.', retryable: true };
  return status === 'CREATE FAILED'
    ? { remedy: 'Request the event tracker again, then send the interactions once it is ACTIVE.' }
    : { remedy: 'Request an event tracker for the dataset group, then send the interactions once it is ACTIVE.' };
}

export function problemBody(problem: Problem, correlationId: string): Readonly<Record<string, unknown>> {
  const { status, title, reason, detail, remedy, retryable = false, members = {} } = problem;
  return {
    type: pageOf(reason),
    title,
    status,
    detail,
    remedy,
    reason,
    retryable,
    correlationId,
    ...members,
  };
}

/** The problem as an API Gateway response. */
export function problemResponse(problem: Problem, correlationId: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...problem.headers },
    body: JSON.stringify(problemBody(problem, correlationId)),
  };
}

/** A fixed text: an unexpected error reveals nothing but its correlation id. */
export const INTERNAL_ERROR: Problem = {
  status: 500,
  title: 'Internal error',
  reason: 'INTERNAL_ERROR',
  detail: 'The service failed to process the request.',
  remedy: 'Send the request again. If it fails again, give the correlationId to the operator of the service.',
  retryable: true,
};
