import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { MAX_CALLBACKS } from '../tracker/desired-state.ts';
import { actualOf } from '../tracker/name-and-tags.ts';
import { type EventTrackerRecord, isClaimable, type Status } from '../tracker/record.ts';
import type { RequestError } from '../tracker/request-error.ts';
import { locationOf } from './resource.ts';

/** An RFC 9457 problem: `reason` is a stable code, `errors` name fields and rules. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly reason: string;
  readonly detail: string;
  /** A sentence that says what to do. */
  readonly remedy: string;
  /** The same request can succeed later without being changed. Default: false. */
  readonly retryable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Where every `type` leads, relative to the API's root: GET /problems/{reason} is on every deployment. */
const pageOf = (reason: string): string => `/problems/${reason.toLowerCase()}`;

/** The one map from why a request is refused to what HTTP says of it. */
export function problemOf(refused: RequestError): Problem {
  switch (refused.reason) {
    case 'INVALID_REQUEST':
      return {
        status: 400,
        title: 'The request breaks a rule',
        reason: refused.reason,
        detail: refused.errors.map(({ field, rule }) => `${field} ${rule}`).join('; '),
        remedy: 'Correct the fields that `errors` names, and make the corrected request.',
        members: { errors: refused.errors },
      };
    case 'BODY_NOT_JSON':
      return {
        status: 400,
        title: 'The body is not JSON',
        reason: refused.reason,
        detail: refused.errors.map(({ field, rule }) => `${field} ${rule}`).join('; '),
        remedy: 'Correct the fields that `errors` names, and make the corrected request.',
        members: { errors: refused.errors },
      };
    case 'UNSUPPORTED_MEDIA_TYPE': {
      const { field } = refused;
      const rule = field === 'Content-Type' ? 'must be application/json' : 'must be identity, or left out';
      return {
        status: 415,
        title: field === 'Content-Type' ? 'The content type is not supported' : 'The content encoding is not supported',
        reason: refused.reason,
        detail: `The ${field} ${rule}.`,
        remedy: 'Send JSON in UTF-8 with Content-Type: application/json, and without a Content-Encoding.',
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
        members: { errors: [{ field, rule }] },
      };
    }
    case 'TENANT_NOT_ALLOWED':
      return {
        status: 403,
        title: 'The token names no tenant',
        reason: refused.reason,
        detail: "The token's tenant claim must be one tenant's name.",
        remedy: 'Use a token whose tenant claim names one tenant.',
      };
    case 'DATASET_GROUP_NOT_ALLOWED':
      return {
        status: 403,
        title: 'The dataset group is not available to this token',
        reason: refused.reason,
        // One text for every cause: whether another tenant has the group is not the caller's to know.
        detail:
          'This token cannot use the dataset group. It can use the groups that it lists or, if it lists none, those whose names start with its tenant; and of these none that belongs to another tenant.',
        remedy: 'Name a dataset group that the token can use, or use a token that can use this one.',
        members: { errors: [{ field: 'datasetGroupArn', rule: 'must name a dataset group that this token can use' }] },
      };
    case 'NOT_ACTIVE':
      return {
        status: 409,
        title: 'The event tracker is not ACTIVE',
        reason: refused.reason,
        detail: `Events are taken only while the event tracker is ACTIVE; it is ${refused.status}.`,
        ...untilActive(refused.status),
      };
    case 'PRECONDITION_FAILED':
      return {
        status: 412,
        title: 'The event tracker is not as you saw it',
        reason: refused.reason,
        detail: 'The If-Match header names another representation than the present one.',
        remedy: 'Read the event tracker again. If you still want the change, make the request with its present ETag.',
      };
    case 'METHOD_NOT_ALLOWED':
      return {
        status: 405,
        title: 'The method is not allowed here',
        reason: refused.reason,
        detail: `This resource knows ${refused.allow.join(', ')}.`,
        remedy: `Use ${refused.allow.join(' or ')}.`,
        headers: { allow: refused.allow.join(', ') },
      };
    case 'NOT_ENABLED': {
      const { settings, field } = refused;
      const named = settings.length === 1 ? `setting ${settings[0]} is` : `settings ${settings.join(' and ')} are`;
      const rule = `must be left out: this deployment's ${named} off`;
      return {
        status: field === undefined ? 404 : 400,
        title: 'This deployment does not have it',
        reason: refused.reason,
        detail: field === undefined ? `This deployment does not offer it: its ${named} off.` : `${field} ${rule}.`,
        remedy:
          field === undefined
            ? "See openapi.json for what this deployment offers, or have the deployment's setting turned on."
            : `Leave out ${field}, or have the deployment's setting turned on.`,
        ...(field !== undefined && { members: { errors: [{ field, rule }] } }),
      };
    }
    case 'TOO_MANY_UNFINISHED':
      return {
        status: 429,
        title: 'Too many event trackers of the tenant are unfinished',
        reason: refused.reason,
        detail: `A tenant may have ${refused.limit} event trackers that are being made or deleted, and this one has them.`,
        remedy: 'Make the request again after Retry-After seconds: it is accepted once some of them are finished.',
        retryable: true,
        headers: { 'retry-after': '10' },
      };
    case 'BODY_TOO_LARGE':
      return {
        status: 413,
        title: 'The body is too large',
        reason: refused.reason,
        detail: `The body must be at most ${refused.limit} bytes long.`,
        remedy: 'Send a smaller body.',
        members: { errors: [{ field: '(body)', rule: `must be at most ${refused.limit} bytes long` }] },
      };
    case 'REFUSED_BY_PERSONALIZE':
      return {
        status: 422,
        title: 'Personalize refused it',
        reason: refused.reason,
        detail: refused.message,
        remedy: 'Correct what Personalize objects to, and make the corrected request.',
        members: { awsError: refused.awsError, awsRequestId: refused.awsRequestId },
      };
    case 'IDEMPOTENCY_KEY_REUSED':
      return {
        status: 422,
        title: 'The Idempotency-Key stands for another request',
        reason: refused.reason,
        detail: 'The Idempotency-Key was used before, for another path or body.',
        remedy: 'Give a new request a new key; repeat an earlier one with the path and body that it had.',
        members: { errors: [{ field: 'Idempotency-Key', rule: 'must not be used again for another path or body' }] },
      };
    case 'THROTTLED':
      return {
        status: 503,
        title: 'Personalize is busy',
        reason: refused.reason,
        detail: 'Personalize did not take or answer the call in time.',
        remedy: 'Make the request again after Retry-After. That is safe.',
        retryable: true,
        headers: { 'retry-after': '2' },
      };
    case 'SCOPE_REQUIRED':
      return {
        status: 403,
        title: 'The token lacks a scope',
        reason: refused.reason,
        detail: `What is asked for needs the scope ${refused.scope}.`,
        remedy: `Use a token that has the scope ${refused.scope}.`,
      };
    case 'NOT_FAILED':
      return {
        status: 409,
        title: 'There is nothing to retry',
        reason: refused.reason,
        detail: `Only an event tracker that is CREATE FAILED can be retried; this one is ${refused.status}.`,
        remedy: 'Read the event tracker: its status says what it waits for, or that nothing is left to do.',
      };
    case 'NO_ROOM':
      return {
        status: 503,
        title: 'Too much of this event tracker waits to be told',
        reason: refused.reason,
        detail: 'Its record has no room for what this request may have to publish.',
        remedy: 'Make the request again after Retry-After: what is pending is published first.',
        retryable: true,
        headers: { 'retry-after': '60' },
      };
    case 'TOO_MANY_CALLBACKS':
      return {
        status: 409,
        title: 'Too many task tokens wait for this event tracker',
        reason: refused.reason,
        detail: `At most ${MAX_CALLBACKS} task tokens may wait for one event tracker, and ${MAX_CALLBACKS} do.`,
        remedy: 'Make the request without a callback, or again once some of those have been answered.',
        retryable: true,
        members: {
          errors: [
            { field: 'callback', rule: `must be one of at most ${MAX_CALLBACKS} that wait for an event tracker` },
          ],
        },
      };
    case 'DESTROY_NOT_ENABLED':
      return {
        status: 403,
        title: 'This deployment deletes no adopted event tracker',
        reason: refused.reason,
        detail:
          'The event tracker was adopted, and this deployment may delete only those that it created (its setting destroyAdopted is false).',
        remedy:
          'Leave out destroy=true: the event tracker is released then, and stays. To delete it, use Personalize itself.',
        members: { errors: [{ field: 'destroy', rule: 'must be left out or false for an adopted event tracker' }] },
      };
    case 'NOT_FOUND':
      return {
        status: 404,
        title: 'Not found',
        reason: refused.reason,
        detail: 'There is nothing here for this token.',
        remedy: 'Check the path and the token. An event tracker is there once it has been requested.',
      };
    case 'NAME_CONFLICT':
    case 'TAGS_CONFLICT': {
      const { existing } = refused;
      const { name, tags } = actualOf(existing);
      const differs = refused.reason === 'NAME_CONFLICT' ? 'name' : 'tags';
      return {
        status: 409,
        title: 'The dataset group has another event tracker',
        reason: refused.reason,
        ...conflictText(existing, name, differs),
        headers: { link: `<${locationOf(existing)}>; rel="describedby"` },
        members: {
          errors: [
            { field: differs, rule: `must be the existing tracker's ${differs}, or the tracker must be deleted first` },
          ],
          existing: {
            trackerId: existing.trackerId,
            name,
            status: existing.status,
            tags,
            href: locationOf(existing),
          },
        },
      };
    }
  }
}

/** A tracker that is over is in nobody's way: only a key of an earlier request, which makes nothing any more, meets it so. */
function conflictText(
  existing: EventTrackerRecord,
  name: string,
  differs: 'name' | 'tags',
): Pick<Problem, 'detail' | 'remedy'> {
  const other = differs === 'name' ? 'another name' : 'another set of tags';
  return isClaimable(existing)
    ? {
        detail: `The Idempotency-Key is of an earlier request. Since then "${name}" was requested for the dataset group, with ${other}; it is ${existing.status}.`,
        remedy: 'Make the request with a new Idempotency-Key.',
      }
    : {
        detail: `The dataset group has the event tracker "${name}" already, with ${other} than asked for. A dataset group can have one.`,
        remedy: `Request it with the ${differs} that it has, or delete it first. Then make the request again.`,
      };
}

/** Events for a tracker that is being created are taken once it is ACTIVE; any other one needs another request first. */
function untilActive(status: Status): Pick<Problem, 'remedy' | 'retryable'> {
  if (status === 'CREATE FAILED')
    return { remedy: 'Request the event tracker again, and send the events once it is ACTIVE.' };
  if (status.startsWith('CREATE'))
    return { remedy: 'Send the events once the event tracker is ACTIVE.', retryable: true };
  return { remedy: 'Request an event tracker for the dataset group, and send the events once it is ACTIVE.' };
}

/** The problem's body. */
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

/** The problem as an answer. A 500 carries nothing but a fixed text and the correlation id. */
export function problemResponse(problem: Problem, correlationId: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...problem.headers },
    body: JSON.stringify(problemBody(problem, correlationId)),
  };
}

export const INTERNAL_ERROR: Problem = {
  status: 500,
  title: 'Something went wrong on our side',
  reason: 'INTERNAL_ERROR',
  detail: 'The request could not be answered.',
  remedy: 'Make the request again: that is safe. If it fails again, give the correlation id to the people on call.',
  retryable: true,
};
