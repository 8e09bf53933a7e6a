import { SCOPES } from '../requests/caller.ts';
import { MAX_CALLBACKS, MAX_PENDING_NOTIFICATIONS } from '../tracker/desired-state.ts';
import { textOfDenial } from '../tracker/failures.ts';
import { currentOf } from '../tracker/name-and-tags.ts';
import { isClaimable, type Status } from '../tracker/record.ts';
import type { FieldError, RequestError } from '../tracker/request-error.ts';
import { MERGE_PATCH } from './request.ts';
import { locationOf } from './resource.ts';
import type { ExistingEventTracker } from './resource-schemas.ts';

/** What a problem says, whatever its reason. Members that are absent are left out of the response. */
export interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What the caller can do about it, in one or two sentences. */
  readonly remedy: string;
  /** The same request can succeed later without being changed. Default: false. */
  readonly retryable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldError[];
  readonly existing?: ExistingEventTracker;
  readonly awsError?: string;
  readonly awsRequestId?: string;
}

type Reason = RequestError['reason'];
type Refused<R extends Reason> = Extract<RequestError, { reason: R }>;

/** What each reason means in HTTP, and what the caller can do. A reason without a text does not compile. */
export const PROBLEM_TEXTS: { readonly [R in Reason]: (refused: Refused<R>, entrance: string) => ProblemText } = {
  INVALID_REQUEST: ({ errors }) => ({
    status: 400,
    title: 'Invalid request',
    detail: sentenceOf(errors),
    remedy: 'Correct the fields listed in `errors`, then send the corrected request.',
    errors,
  }),
  BODY_NOT_JSON: ({ errors }) => ({
    status: 400,
    title: 'The request body is not valid JSON',
    detail: sentenceOf(errors),
    remedy: 'Send the body as one JSON object, encoded in UTF-8.',
    errors,
  }),
  UNSUPPORTED_MEDIA_TYPE: ({ field, accepts }) => {
    const isType = field === 'Content-Type';
    const rule = isType ? `must be ${accepts}` : 'must be identity or left out';
    return {
      status: 415,
      title: isType ? 'Unsupported content type' : 'Unsupported content encoding',
      detail: `${field} ${rule}.`,
      remedy: `Send JSON in UTF-8 with Content-Type: ${accepts} and without Content-Encoding.`,
      // RFC 5789, section 2.2: a PATCH is answered with Accept-Patch.
      headers: { [accepts === MERGE_PATCH ? 'accept-patch' : 'accept']: accepts, 'accept-encoding': 'identity' },
      errors: [{ field, rule }],
    };
  },
  BODY_TOO_LARGE: ({ limit }) => ({
    status: 413,
    title: 'The request body is too large',
    detail: `The body must be at most ${limit} bytes long.`,
    remedy: 'Send a smaller body, or split it into several requests.',
    errors: [{ field: '(body)', rule: `must be at most ${limit} bytes long` }],
  }),
  TENANT_NOT_ALLOWED: () => ({
    status: 403,
    title: 'The token does not name a tenant',
    detail: "The token's tenant claim is missing or is not the name of a tenant.",
    remedy: 'Use a token whose tenant claim is the name of one tenant.',
  }),
  DATASET_GROUP_NOT_ALLOWED: () => ({
    status: 403,
    title: 'Dataset group not allowed',
    // One text for every cause: it must not reveal whether another tenant has the group.
    detail:
      "The caller is not allowed to use this dataset group. If the token lists dataset groups, this one must be on the list. Otherwise its name must start with the tenant's name and the separator. In both cases it must not belong to another tenant, and the deployment must allow its account and Region to the tenant.",
    remedy: 'Use a dataset group that the caller is allowed to use, or a token that is allowed to use this one.',
    errors: [{ field: 'datasetGroupArn', rule: 'must be a dataset group that the caller may use' }],
  }),
  SCOPE_REQUIRED: ({ scope }) => ({
    status: 403,
    title: 'Missing scope',
    detail: `This request needs the scope ${scope}.`,
    remedy: `Use a token with the scope ${scope}${scope === SCOPES.platform ? ", or sign with one of the deployment's platform roles" : ''}.`,
  }),
  /** A path outside the API is no secret; of an event tracker, the text does not say whether it exists. */
  NOT_FOUND: ({ path }) => ({
    status: 404,
    title: 'Not found',
    ...(path
      ? { detail: 'No such path.', remedy: 'Check the path: /openapi.json lists the paths of this deployment.' }
      : {
          detail: 'No such resource, or it is not visible to this caller.',
          remedy: 'Check the path and the token. An event tracker exists once it has been requested.',
        }),
  }),
  METHOD_NOT_ALLOWED: ({ allow }) => ({
    status: 405,
    title: 'Method not allowed',
    detail: `Allowed methods: ${allow.join(', ')}.`,
    remedy: `Use ${allow.join(' or ')}.`,
    headers: { allow: allow.join(', ') },
  }),
  NOT_ENABLED: ({ settings, field }) => {
    const off = `the ${settings.length === 1 ? `setting ${settings[0]} is` : `settings ${settings.join(' and ')} are`} off`;
    const title = 'Not enabled in this deployment';
    if (field === undefined) {
      return {
        status: 404,
        title,
        detail: `This deployment does not offer this route: ${off}.`,
        remedy: 'See /openapi.json for what this deployment offers, or ask its operator to turn the setting on.',
      };
    }
    const rule = `must be left out: in this deployment ${off}`;
    return {
      status: 400,
      title,
      detail: `${field} ${rule}.`,
      remedy: `Leave out ${field}, or ask the operator of the deployment to turn the setting on.`,
      errors: [{ field, rule }],
    };
  },
  PRECONDITION_FAILED: () => ({
    status: 412,
    title: 'The event tracker has changed',
    detail: "If-Match does not contain the event tracker's current ETag.",
    remedy: 'Read the event tracker again. If you still want the change, send the request with the current ETag.',
  }),
  IDEMPOTENCY_KEY_REUSED: () => ({
    status: 422,
    title: 'The Idempotency-Key was already used for a different request',
    detail: 'This Idempotency-Key was used within the last 24 hours with another path or body.',
    remedy: 'Use a new key for a new request. To repeat an earlier request, send the path and body that it had.',
    errors: [{ field: 'Idempotency-Key', rule: 'must not be reused with another path or body' }],
  }),
  NAME_CONFLICT: (refused, entrance) => conflict('name', refused, entrance),
  TAGS_CONFLICT: (refused, entrance) => conflict('tags', refused, entrance),
  NOT_FAILED: ({ status }) => ({
    status: 409,
    title: 'Nothing to retry',
    detail: `Only a failed creation or a failed change of tags can be retried; this event tracker is ${status}.`,
    remedy: insteadOfRetry(status),
  }),
  /** A requested event tracker becomes ACTIVE without another request, also after an earlier one is deleted. */
  NOT_ACTIVE: ({ status, becomesActive, of }) => {
    const what = of === 'update' ? 'change' : 'interactions';
    const request = status === 'CREATE FAILED' ? 'the event tracker again' : 'an event tracker for the dataset group';
    return {
      status: 409,
      title: 'The event tracker is not ACTIVE',
      detail:
        of === 'update'
          ? `An event tracker can be changed only while it is ACTIVE. It is ${status}.`
          : `Interactions are accepted only while the event tracker is ACTIVE. It is ${status}.`,
      remedy: becomesActive
        ? `Send the ${what} once the event tracker is ACTIVE.`
        : of === 'update'
          ? `Request ${request}, with what it should have.`
          : `Request ${request}, then send the interactions once it is ACTIVE.`,
      retryable: becomesActive,
    };
  },
  DESTROY_NOT_ENABLED: () => ({
    status: 403,
    title: 'This deployment does not delete adopted event trackers',
    detail:
      'This event tracker was adopted. The deployment deletes only event trackers that it created: its setting destroyAdopted is off.',
    remedy:
      'Leave out destroy=true to release the event tracker; Personalize keeps it. To delete it, use Personalize itself.',
    errors: [{ field: 'destroy', rule: 'must be left out or false for an adopted event tracker' }],
  }),
  TOO_MANY_CALLBACKS: () => ({
    status: 409,
    title: 'Too many callbacks',
    detail: `${MAX_CALLBACKS} task tokens are already waiting for this event tracker, which is the limit.`,
    remedy: 'Send the request without a callback, or send it again once some of those task tokens are answered.',
    retryable: true,
    errors: [
      { field: 'callback', rule: `must be left out while ${MAX_CALLBACKS} task tokens wait for the event tracker` },
    ],
  }),
  TOO_MANY_UNFINISHED: ({ limit }) => ({
    status: 429,
    title: 'Too many unfinished event trackers',
    detail: `The tenant has reached the limit of ${limit} event trackers that are being created, updated, deleted or cleaned up.`,
    remedy: 'Send the request again after Retry-After seconds. It is accepted once some of them are finished.',
    retryable: true,
    headers: { 'retry-after': '10' },
  }),
  NO_ROOM: () => ({
    status: 503,
    title: 'Too many undelivered notifications',
    detail: `This event tracker has reached the limit of ${MAX_PENDING_NOTIFICATIONS} undelivered events and callbacks.`,
    remedy: 'Send the request again after Retry-After seconds, once some of them are delivered.',
    retryable: true,
    headers: { 'retry-after': '60' },
  }),
  THROTTLED: ({ of }) => ({
    status: 503,
    title: 'Personalize is busy',
    detail: 'Personalize throttled the call or did not answer in time.',
    remedy: `Send the request again after Retry-After seconds.${of === 'interactions' ? ' Personalize uses an interaction once if it has an eventId.' : ''}`,
    retryable: true,
    headers: { 'retry-after': '2' },
  }),
  ACCOUNT_ACCESS_DENIED: ({ denial }) => {
    const { reason, remedy } = textOfDenial(denial, 'send the interactions again');
    return {
      status: 409,
      title: 'No access to the account of the event tracker',
      detail: reason,
      remedy,
      retryable: true,
      awsRequestId: denial.awsRequestId,
    };
  },
  REFUSED_BY_PERSONALIZE: ({ message, awsError, awsRequestId }) => ({
    status: 422,
    title: 'Personalize rejected the request',
    detail: message,
    remedy: 'Correct what Personalize rejects, then send the corrected request.',
    awsError,
    awsRequestId,
  }),
};

const sentenceOf = (errors: readonly FieldError[]): string =>
  errors.map(({ field, rule }) => `${field} ${rule}`).join('; ');

/** An event tracker that failed or is gone conflicts only with an old Idempotency-Key, which never starts a new one. */
function conflict(
  differs: 'name' | 'tags',
  { existing }: Refused<'NAME_CONFLICT' | 'TAGS_CONFLICT'>,
  entrance: string,
): ProblemText {
  const { trackerId, status } = existing;
  const { name, tags } = currentOf(existing);
  const other = differs === 'name' ? 'another name' : 'other tags';
  const href = locationOf(existing, entrance);
  return {
    status: 409,
    title: 'The dataset group already has another event tracker',
    ...(isClaimable(existing)
      ? {
          detail: `This Idempotency-Key belongs to an earlier request. Since then "${name}" was requested for the dataset group, with ${other}. It is ${status}.`,
          remedy: 'Send the request with a new Idempotency-Key.',
        }
      : {
          detail: `The dataset group already has the event tracker "${name}", with ${other} than requested. A dataset group can have only one event tracker.`,
          remedy: `Send the request with the ${differs} of the existing event tracker, or delete that one first.`,
        }),
    headers: { link: `<${href}>; rel="describedby"` },
    errors: [
      { field: differs, rule: `must be the existing event tracker's ${differs}, unless that one is deleted first` },
    ],
    existing: { trackerId, name, status, tags: [...tags], href },
  };
}

/** An event tracker that can't be retried is ACTIVE, is being deleted, or has ended. */
function insteadOfRetry(status: Status): string {
  if (status === 'ACTIVE') {
    return 'Use the event tracker: it is ACTIVE. To replace it, delete it and request a new one with POST /event-trackers.';
  }
  return status === 'DELETED' || status === 'RELEASED'
    ? 'Request a new event tracker with POST /event-trackers.'
    : 'Request a new event tracker with POST /event-trackers. It is created once this one is deleted.';
}
