import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationName, ROUTES } from '../../functions/api/routes.ts';
import { toItem } from '../../functions/store/item.ts';
import { newOperation } from '../../functions/tracker/operation.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import type { Bundles } from '../../infra/aws/bundle.ts';
import { ACTIVE, asAttributes, STARTED, TRACKER_ID } from './bundle-calls.ts';
import { invoke } from './invoke-bundle.ts';
import type { Synthesized } from './synthesized.ts';
import { type Answer, startWireStub, type WireStub } from './wire-stub.ts';

const OPERATION_ID = `op-${'a'.repeat(26)}`;
const NAME_AND_GROUP = { name: ACTIVE.name, datasetGroupArn: ACTIVE.datasetGroupArn };
const SETTLED: EventTrackerRecord = {
  ...{ ...ACTIVE, observedGeneration: 1, createdAt: 1 },
  eventTrackerArn: 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1',
};
const FAILED: EventTrackerRecord = {
  ...SETTLED,
  status: 'CREATE FAILED',
  trackingId: undefined,
  failure: { code: 'ACCESS_DENIED', reason: 'It is denied.', remedy: 'Allow it.', retryable: true },
};
const OPERATION = newOperation(
  { operationId: OPERATION_ID, filter: { failureCodes: [], limit: 1 }, requestHash: 'h', correlationId: 'c' },
  1,
);

type Answers = Readonly<Record<string, Answer>>;
/** DynamoDB has this record. */
const having = (record: EventTrackerRecord): Answers => ({
  ...STARTED,
  'dynamodb:Query': { body: { Items: [asAttributes(toItem(record))], Count: 1 } },
  'dynamodb:GetItem': { body: { Item: asAttributes(toItem(record)) } },
  'dynamodb:BatchGetItem': { body: { Responses: { table: [asAttributes(toItem(record))] } } },
});
const HAVING_OPERATION: Answers = { 'dynamodb:GetItem': { body: { Item: asAttributes({ ...OPERATION }) } } };
const HAVING_NONE: Answers = { ...STARTED, 'dynamodb:Query': { body: { Items: [], Count: 0 } } };

interface Request {
  readonly operation: OperationName;
  /** With the token of a platform, which has no tenant. Otherwise with that of a tenant. */
  readonly isPlatform?: true;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly answers: Answers;
  readonly status: number;
  readonly calls: Readonly<Record<string, number>>;
}

/** The calls to AWS of one request, where nothing fails and nobody else writes. docs/performance.md has them as a table. */
export const REQUESTS: Readonly<Record<string, Request>> = {
  'a first request': {
    ...{ operation: 'CreateEventTracker', body: NAME_AND_GROUP, answers: HAVING_NONE, status: 202 },
    calls: { 'dynamodb:PutItem': 1, 'states:StartExecution': 1 },
  },
  'a first request with Idempotency-Key': {
    ...{ operation: 'CreateEventTracker', body: NAME_AND_GROUP, headers: { 'idempotency-key': 'k' } },
    ...{
      answers: HAVING_NONE,
      status: 202,
      calls: { 'dynamodb:GetItem': 2, 'dynamodb:PutItem': 2, 'states:StartExecution': 1 },
    },
  },
  'a batch of two': {
    operation: 'BatchCreateEventTrackers',
    body: {
      requests: [NAME_AND_GROUP, { name: 'other', datasetGroupArn: `${ACTIVE.datasetGroupArn}-other` }],
    },
    ...{ answers: HAVING_NONE, status: 200, calls: { 'dynamodb:PutItem': 2, 'states:StartExecution': 2 } },
  },
  'a change of tags': {
    operation: 'UpdateEventTracker',
    body: { tags: [{ tagKey: 'a', tagValue: 'b' }] },
    ...{
      headers: { 'content-type': 'application/merge-patch+json' },
      answers: having(SETTLED),
      status: 202,
      calls: { 'dynamodb:GetItem': 1, 'dynamodb:Query': 1, 'dynamodb:UpdateItem': 1, 'states:StartExecution': 1 },
    },
  },
  'a deletion': {
    operation: 'DeleteEventTracker',
    answers: having(SETTLED),
    status: 202,
    calls: { 'dynamodb:GetItem': 1, 'dynamodb:Query': 1, 'dynamodb:UpdateItem': 1, 'states:StartExecution': 1 },
  },
  'a retry': {
    operation: 'RetryEventTracker',
    answers: having(FAILED),
    status: 202,
    calls: { 'dynamodb:GetItem': 1, 'dynamodb:Query': 1, 'dynamodb:UpdateItem': 1, 'states:StartExecution': 1 },
  },
  'a retry of many': {
    isPlatform: true,
    operation: 'RetryEventTrackers',
    ...{
      body: { failureCodes: ['ACCESS_DENIED'] },
      answers: HAVING_NONE,
      status: 202,
      calls: { 'dynamodb:PutItem': 1 },
    },
  },
  'the cancellation of an operation': {
    ...{
      isPlatform: true,
      operation: 'CancelOperation',
      answers: HAVING_OPERATION,
      status: 200,
      calls: { 'dynamodb:GetItem': 1, 'dynamodb:PutItem': 1 },
    },
  },
  'a read': {
    operation: 'DescribeEventTracker',
    answers: having(SETTLED),
    status: 200,
    calls: { 'dynamodb:Query': 1 },
  },
  'a history': {
    operation: 'GetEventTrackerHistory',
    answers: having(SETTLED),
    status: 200,
    calls: { 'dynamodb:Query': 1 },
  },
  'a page of a tenant': {
    operation: 'ListEventTrackers',
    answers: having(SETTLED),
    status: 200,
    calls: { 'dynamodb:BatchGetItem': 1, 'dynamodb:Query': 1 },
  },
  'a page of all tenants': {
    isPlatform: true,
    operation: 'ListEventTrackers',
    answers: having(SETTLED),
    status: 200,
    calls: { 'dynamodb:BatchGetItem': 1, 'dynamodb:Query': 24 },
  },
  'the counts of all tenants': {
    isPlatform: true,
    operation: 'SummarizeEventTrackers',
    answers: HAVING_NONE,
    status: 200,
    calls: { 'dynamodb:Query': 32 },
  },
  'an operation': {
    isPlatform: true,
    operation: 'DescribeOperation',
    answers: HAVING_OPERATION,
    status: 200,
    calls: { 'dynamodb:GetItem': 1 },
  },
  'a page of operations': {
    isPlatform: true,
    operation: 'ListOperations',
    answers: HAVING_NONE,
    status: 200,
    calls: { 'dynamodb:Query': 1 },
  },
  health: { operation: 'GetHealth', answers: HAVING_NONE, status: 200, calls: { 'dynamodb:GetItem': 1 } },
  'the OpenAPI document': { operation: 'GetOpenApi', answers: HAVING_NONE, status: 200, calls: {} },
  'the page of a problem': { operation: 'GetProblem', answers: HAVING_NONE, status: 200, calls: {} },
  interactions: {
    operation: 'PutEvents',
    body: { sessionId: 's', eventList: [{ eventType: 'view', sentAt: '2026-11-24T00:00:00Z' }] },
    ...{ answers: having(SETTLED), status: 200, calls: { 'dynamodb:Query': 1, 'personalize:PutEvents': 1 } },
  },
};

const PARAMETERS = { trackerId: TRACKER_ID, operationId: OPERATION_ID, reason: 'not_found' };

/** The event that API Gateway sends for a request with a token. */
function eventOf({ operation, isPlatform, body, headers, query }: Request) {
  const route = ROUTES.find((each) => each.operation === operation && each.authorizer !== 'iam');
  if (route === undefined) throw new Error(`no route of ${operation}`);
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof PARAMETERS) => PARAMETERS[name]);
  const scopes = ['read', 'write', 'events', ...(isPlatform ? ['platform'] : [])];
  const scope = scopes.map((name) => `event-trackers/${name}`).join(' ');
  return {
    privilege: route.privilege,
    event: {
      version: '2.0',
      routeKey: `${route.method} ${route.path}`,
      rawPath: path,
      rawQueryString: '',
      headers: { 'content-type': 'application/json', ...headers },
      ...(query && { queryStringParameters: query }),
      requestContext: {
        requestId: 'request-1',
        http: { method: route.method, path },
        authorizer: { jwt: { claims: isPlatform ? { scope } : { tenant: 'acme', scope }, scopes: null } },
      },
      pathParameters: PARAMETERS,
      ...(body && { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    },
  };
}

export function callsPerRequest({ full, bundles }: { full: Synthesized; bundles: Bundles }): void {
  describe('the calls to AWS of one request', () => {
    let stub: WireStub;
    beforeAll(async () => {
      stub = await startWireStub();
    });
    afterAll(() => stub.close());

    test('each operation is here', () => {
      const operations = new Set(Object.values(REQUESTS).map(({ operation }) => operation));
      expect([...operations].sort()).toEqual([...new Set(ROUTES.map(({ operation }) => operation))].sort());
    });

    test.each(Object.entries(REQUESTS))('%s', async (_, given) => {
      const { privilege, event } = eventOf(given);
      const name = `api-${privilege}` as const;
      const made = full.resources[`${name}/Function`];
      if (made === undefined) throw new Error(`the stack has no function ${name}`);
      const { Properties, ...resource } = made;
      // A limit of unfinished event trackers costs a first request one more query.
      const { MAX_UNFINISHED_PER_TENANT: __, ...Variables } = (
        Properties.Environment as { Variables: Record<string, string> }
      ).Variables;
      stub.answer(given.answers);
      const unlimited = { ...resource, Properties: { ...Properties, Environment: { Variables } } };
      const { result, output } = await invoke(bundles[name].folder, unlimited, event, stub.url);
      expect((result as { statusCode?: number } | undefined)?.statusCode, JSON.stringify(result) + output).toBe(
        given.status,
      );
      const calls = Object.entries(Object.groupBy(stub.sent(), ({ action }) => action)).map(([action, sent = []]) => [
        action,
        sent.length,
      ]);
      expect(Object.fromEntries(calls)).toEqual(given.calls);
    });
  });
}
