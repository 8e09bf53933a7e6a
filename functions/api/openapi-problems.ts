import { createRecord } from '../tracker/desired-state.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import type { RequestError } from '../tracker/request-error.ts';
import { AWS_SETTINGS } from '../tracker/settings.ts';
import { exampleRequests, exampleResources } from './openapi-examples.ts';
import { INTERNAL_ERROR, type Problem, problemOf } from './problem.ts';
import type { DeploymentScope } from './schemas.ts';

export type Reason = RequestError['reason'] | 'INTERNAL_ERROR';

/** One example per problem. A reason without an example does not compile. */
export function exampleProblems(home: DeploymentScope): Readonly<Record<Reason, Problem>> {
  const problems = Object.entries(refusals(home)).map(([reason, refused]) => [reason, problemOf(refused)]);
  return { ...(Object.fromEntries(problems) as Record<RequestError['reason'], Problem>), INTERNAL_ERROR };
}

function refusals(home: DeploymentScope): Readonly<Record<RequestError['reason'], RequestError>> {
  const { create } = exampleRequests(home);
  const { creationDateTime } = exampleResources(home).active;
  const existing = createRecord(
    {
      ...create,
      trackerId: trackerIdOf(create.datasetGroupArn),
      tenantId: 'acme',
      adoptExisting: false,
      correlationId: '',
      key: { key: '', body: '' },
    },
    Date.parse(creationDateTime),
    AWS_SETTINGS,
  );
  return {
    INVALID_REQUEST: {
      reason: 'INVALID_REQUEST',
      errors: [{ field: 'tags[3].tagKey', rule: 'must be at most 128 characters long' }],
    },
    BODY_NOT_JSON: {
      reason: 'BODY_NOT_JSON',
      errors: [{ field: '(body)', rule: 'must be a JSON object in UTF-8, but is empty' }],
    },
    TENANT_NOT_ALLOWED: { reason: 'TENANT_NOT_ALLOWED' },
    DATASET_GROUP_NOT_ALLOWED: { reason: 'DATASET_GROUP_NOT_ALLOWED' },
    SCOPE_REQUIRED: { reason: 'SCOPE_REQUIRED', scope: 'event-trackers/adopt' },
    NOT_FOUND: { reason: 'NOT_FOUND' },
    METHOD_NOT_ALLOWED: { reason: 'METHOD_NOT_ALLOWED', allow: ['GET', 'DELETE'] },
    NOT_ENABLED: { reason: 'NOT_ENABLED', settings: ['events'] },
    TOO_MANY_UNFINISHED: { reason: 'TOO_MANY_UNFINISHED', limit: 100 },
    NAME_CONFLICT: { reason: 'NAME_CONFLICT', existing },
    TAGS_CONFLICT: { reason: 'TAGS_CONFLICT', existing },
    NOT_ACTIVE: { reason: 'NOT_ACTIVE', status: 'CREATE IN_PROGRESS', becomesActive: true },
    NOT_FAILED: { reason: 'NOT_FAILED', status: 'ACTIVE' },
    PRECONDITION_FAILED: { reason: 'PRECONDITION_FAILED' },
    BODY_TOO_LARGE: { reason: 'BODY_TOO_LARGE', limit: 4 * 1024 * 1024 },
    UNSUPPORTED_MEDIA_TYPE: { reason: 'UNSUPPORTED_MEDIA_TYPE', field: 'Content-Type', accepts: 'application/json' },
    REFUSED_BY_PERSONALIZE: {
      reason: 'REFUSED_BY_PERSONALIZE',
      message: 'Personalize rejected the call with InvalidInputException.',
      awsError: 'InvalidInputException',
      awsRequestId: '7c1d7d5a-0000-4000-8000-1234567890ab',
    },
    ACCOUNT_ACCESS_DENIED: {
      reason: 'ACCOUNT_ACCESS_DENIED',
      denial: {
        operation: 'PutEvents',
        account: {
          why: 'ROLE_REFUSED',
          accountId: '210987654321',
          region: home.region,
          roleArn: `arn:${home.partition}:iam::210987654321:role/event-trackers`,
          awsError: 'AccessDenied',
        },
      },
    },
    IDEMPOTENCY_KEY_REUSED: { reason: 'IDEMPOTENCY_KEY_REUSED' },
    THROTTLED: { reason: 'THROTTLED' },
    NO_ROOM: { reason: 'NO_ROOM' },
    DESTROY_NOT_ENABLED: { reason: 'DESTROY_NOT_ENABLED' },
    TOO_MANY_CALLBACKS: { reason: 'TOO_MANY_CALLBACKS' },
  };
}
