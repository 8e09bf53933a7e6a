import { expect } from 'vitest';
import { toItem } from '../../functions/store/item.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import type { FunctionName } from '../../infra/aws/function-names.ts';
import type { Answer } from './wire-stub.ts';

export const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

/** The event that API Gateway sends for a request with a tenant's token. */
export const request = (method: string, path: string, body?: object, trackerId?: string) => ({
  version: '2.0',
  routeKey: `${method} ${path}`,
  rawPath: path.replace('{trackerId}', trackerId ?? ''),
  rawQueryString: '',
  headers: { 'content-type': 'application/json' },
  requestContext: {
    requestId: 'request-1',
    http: { method, path: path.replace('{trackerId}', trackerId ?? '') },
    authorizer: {
      jwt: {
        claims: { tenant: 'acme', scope: 'event-trackers/read event-trackers/write event-trackers/events' },
        scopes: null,
      },
    },
  },
  ...(trackerId && { pathParameters: { trackerId } }),
  ...(body && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});
export const TRACKER_ID = trackerIdOf(GROUP);
/** The record of an ACTIVE event tracker. */
export const ACTIVE = {
  ...createRecord(
    {
      ...{ trackerId: TRACKER_ID, datasetGroupArn: GROUP, name: 'shop', tags: [], tenantId: 'acme' },
      ...{ adoptExisting: false, correlationId: 'c', key: { key: 'k', body: 'b' } },
    },
    1,
    AWS_SETTINGS,
  ),
  status: 'ACTIVE' as const,
  trackingId: 'a-tracking-id',
};

/** An item in the JSON of DynamoDB's API. */
export const asAttributes = (item: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, asAttribute(value)]));

function asAttribute(value: unknown): unknown {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(asAttribute) };
  return { M: asAttributes({ ...(value as object) }) };
}

/** Step Functions has started an execution. */
export const STARTED = { 'states:StartExecution': { body: { executionArn: 'arn:execution', startDate: 1 } } };

const TASK = { version: 1, trackerId: 'et-1', epoch: 1 };
/** The result of a task whose execution does not own the record. Here there is no record. */
const NOT_OWNED = { action: 'Done', waitSeconds: 1, generation: 0, round: 1 };

/** The event of an ACTIVE tracker, and its entry once it is stored. */
const ACTIVE_EVENT = {
  source: 'event-trackers',
  'detail-type': 'Event Tracker State Change',
  detail: {
    metadata: {
      ...{ eventId: 'e', schemaVersion: '1.0', sequence: 1, tenantId: 'acme', correlationId: 'c' },
      occurredAt: '2026-11-24T00:00:00.000Z',
    },
    data: {
      ...{ trackerId: TRACKER_ID, status: 'ACTIVE', previousStatus: 'CREATE IN_PROGRESS', name: 'shop' },
      ...{ datasetGroupArn: GROUP, trackingId: 'a-tracking-id' },
    },
  },
};
const STORED = {
  'dynamodb:Query': {
    body: {
      Items: [
        asAttributes({
          ...{ tenantId: 'acme', trackerId: TRACKER_ID, sequence: 1, name: 'shop', datasetGroupArn: GROUP },
          ...{ trackingId: 'a-tracking-id', activeSince: '2026-11-24T00:00:00.000Z' },
        }),
      ],
    },
  },
};

/** For each function: an event, the answers of AWS, the expected result, and the expected calls to AWS. */
export const CALLS: Readonly<
  Record<
    FunctionName,
    { event: unknown; answers?: Readonly<Record<string, Answer>>; result: unknown; sends: readonly string[] }
  >
> = {
  'api-read': {
    event: request('GET', '/health'),
    result: expect.objectContaining({ statusCode: 200, body: '{"status":"ok"}' }),
    sends: ['dynamodb:GetItem'],
  },
  'api-write': {
    event: request('POST', '/event-trackers', { name: 'shop', datasetGroupArn: GROUP }),
    answers: STARTED,
    result: expect.objectContaining({ statusCode: 202 }),
    // The query counts the tenant's unfinished trackers, because this deployment limits them.
    sends: ['dynamodb:PutItem', 'dynamodb:Query', 'states:StartExecution'],
  },
  'api-events': {
    event: request(
      'POST',
      '/event-trackers/{trackerId}/events',
      { sessionId: 's', eventList: [{ eventType: 'view', sentAt: '2026-11-24T00:00:00Z' }] },
      TRACKER_ID,
    ),
    answers: {
      'dynamodb:Query': {
        body: {
          Items: [asAttributes(toItem(ACTIVE))],
        },
      },
    },
    result: expect.objectContaining({ statusCode: 200, body: '{"accepted":1,"failed":[]}' }),
    sends: ['dynamodb:Query', 'personalize:PutEvents'],
  },
  'api-authorizer': {
    event: {
      identitySource: ['Bearer no-token'],
      routeKey: 'GET /event-trackers',
      requestContext: { requestId: 'request-1' },
    },
    result: { isAuthorized: false },
    sends: [],
  },
  Observe: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  CheckDatasetGroup: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  CreateEventTracker: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  DeleteEventTracker: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  UpdateTags: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  PublishEvents: { event: TASK, result: NOT_OWNED, sends: ['dynamodb:GetItem'] },
  AdmitWaiting: {
    event: { version: 1, place: '123456789012/us-east-1', governor: 1 },
    result: { action: 'Done', waitSeconds: 1, ticks: 1 },
    sends: ['dynamodb:GetItem'],
  },
  sweep: {
    event: {},
    answers: { 'dynamodb:Query': { body: { Items: [] } } },
    result: expect.objectContaining({ found: 0, takenOver: 0, failed: 0, governors: 0 }),
    sends: ['dynamodb:GetItem', 'dynamodb:Query'],
  },
  operations: {
    event: {},
    answers: { 'dynamodb:Query': { body: { Items: [] } } },
    result: { found: 0, retried: 0, skipped: 0, failed: 0 },
    sends: ['dynamodb:Query'],
  },
  drift: {
    event: {},
    answers: {
      'dynamodb:Query': { body: { Items: [] } },
      'personalize:ListEventTrackers': { body: { eventTrackers: [] } },
    },
    result: expect.objectContaining({ checked: 0, failed: 0, aborted: false }),
    // In its own account and in two others.
    sends: ['dynamodb:GetItem', 'dynamodb:Query', 'personalize:ListEventTrackers', 'sts:AssumeRole'],
  },
  'tracking-id-parameters': {
    event: ACTIVE_EVENT,
    answers: { ...STORED, 'ssm:GetParameter': { status: 400, body: { __type: 'ParameterNotFound', message: 'no' } } },
    result: null,
    sends: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'ssm:GetParameter', 'ssm:PutParameter'],
  },
  'tracking-id-secrets': {
    event: ACTIVE_EVENT,
    answers: {
      ...STORED,
      'secretsmanager:GetSecretValue': {
        status: 400,
        body: { __type: 'InvalidRequestException', message: 'marked for deletion' },
      },
      'secretsmanager:DescribeSecret': { body: { DeletedDate: 1 } },
    },
    result: null,
    sends: [
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:RestoreSecret',
    ],
  },
};
