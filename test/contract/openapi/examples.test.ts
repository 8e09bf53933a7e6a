import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVERY_FEATURE } from '../../../functions/api/features.ts';
import { openApiDocument } from '../../../functions/api/openapi.ts';
import { ROUTES } from '../../../functions/api/routes.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { ACCOUNT_ID, REGION } from '../../../infra/local/wire.ts';
import { DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from '../../e2e/local-runtime.ts';
import { signedRequest } from '../tenancy/sign.ts';
import { conformanceTo } from './conformance.ts';

const document = openApiDocument({ partition: 'aws', region: REGION, accountId: ACCOUNT_ID }, EVERY_FEATURE);
const conformance = conformanceTo(document);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

let runtime: LocalRuntime;
let token: string;
let platformToken: string;
beforeAll(async () => {
  runtime = await startLocalRuntime({ args: ['--max-unfinished', '100'] });
  await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 100, createInProgressMs: 200 });
  token = await tokenOf(runtime);
  platformToken = await mintToken(join(runtime.data, 'identity'), {
    scopes: ['read', 'write', 'platform'],
    expiresInSeconds: 3600,
  });
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

test('GET /openapi.json returns the document', async () => {
  const response = await fetch(`${runtime.apiUrl}/openapi.json`);
  expect(await response.json()).toEqual(document);
  const headers = { 'if-none-match': response.headers.get('etag') ?? '' };
  const again = await fetch(`${runtime.apiUrl}/openapi.json`, { headers });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

interface Step {
  readonly operation: string;
  readonly status: number;
  readonly prefer?: string;
  readonly query?: string;
}

/** The tracker of the examples from its creation to its deletion; each operation with the status it then returns. */
const TENANT_STEPS: readonly Step[] = [
  { operation: 'GetHealth', status: 200 },
  { operation: 'GetOpenApi', status: 200 },
  { operation: 'GetProblem', status: 200 },
  { operation: 'CreateEventTracker', status: 202 },
  { operation: 'DescribeEventTracker', status: 200, prefer: 'wait=20' },
  { operation: 'CreateEventTracker', status: 200 },
  { operation: 'ListEventTrackers', status: 200 },
  { operation: 'SummarizeEventTrackers', status: 200 },
  { operation: 'RetryEventTrackers', status: 202 },
  { operation: 'ListOperations', status: 200 },
  // Of no operation that there is.
  { operation: 'DescribeOperation', status: 404 },
  { operation: 'CancelOperation', status: 404 },
  { operation: 'GetEventTrackerHistory', status: 200 },
  { operation: 'PutEvents', status: 200 },
  { operation: 'BatchCreateEventTrackers', status: 200 },
  { operation: 'RetryEventTracker', status: 409 },
  { operation: 'UpdateEventTracker', status: 202 },
  { operation: 'DeleteEventTracker', status: 202 },
  { operation: 'PutEvents', status: 409 },
];
const PLATFORM_STEPS: readonly Step[] = [
  { operation: 'PlatformCreateEventTracker', status: 202 },
  { operation: 'PlatformDescribeEventTracker', status: 200, prefer: 'wait=20' },
  { operation: 'PlatformListEventTrackers', status: 200, query: '?tenantId=acme' },
  { operation: 'PlatformSummarizeEventTrackers', status: 200 },
  { operation: 'PlatformRetryEventTrackers', status: 202 },
  { operation: 'PlatformListOperations', status: 200 },
  { operation: 'PlatformDescribeOperation', status: 404 },
  { operation: 'PlatformCancelOperation', status: 404 },
  { operation: 'PlatformGetEventTrackerHistory', status: 200 },
  { operation: 'PlatformPutEvents', status: 200 },
  { operation: 'PlatformBatchCreateEventTrackers', status: 200 },
  { operation: 'PlatformRetryEventTracker', status: 409 },
  { operation: 'PlatformUpdateEventTracker', status: 202 },
  { operation: 'PlatformDeleteEventTracker', status: 202 },
];

test('the steps cover every route', () => {
  const steps = new Set([...TENANT_STEPS, ...PLATFORM_STEPS].map(({ operation }) => operation));
  expect(steps).toEqual(new Set(operations.map(({ operation }) => operation.operationId)));
  expect(steps.size).toBe(ROUTES.length);
});

test.each([
  ['a tenant', TENANT_STEPS],
  ['a platform, signed', PLATFORM_STEPS],
])('each example sent by %s gets an answer that the document lists', async (_, way) => {
  for (const { operation: operationId, status, prefer, query = '' } of way) {
    const found = operations.find(({ operation }) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`${operationId} is not in the document`);
    const { method, operation } = found;
    const path = found.path
      .replace('{trackerId}', trackerIdOf(DEMO_GROUP))
      .replace('{reason}', 'not_found')
      .replace('{operationId}', `op-${'a'.repeat(26)}`);
    const [[mediaType, content] = ['application/json']] = Object.entries(operation.requestBody?.content ?? {});
    const examples = Object.values(content?.examples ?? {});
    for (const { value } of examples.length > 0 ? examples : [{ value: undefined }]) {
      const body = value === undefined ? undefined : JSON.stringify(value);
      const headers = { ...(prefer && { prefer }), ...(body !== undefined && { 'content-type': mediaType }) };
      const address = `${runtime.apiUrl}${path}${query}`;
      const isForPlatforms = operation.security.some(({ jwt }) => jwt?.includes('event-trackers/platform'));
      const bearer = isForPlatforms ? platformToken : token;
      const isSigned = operation.security.some((scheme) => 'sigv4' in scheme);
      const response = await fetch(
        address,
        isSigned
          ? await signedRequest(method, address, { headers, ...(body !== undefined && { body }) })
          : { method, headers: { ...headers, authorization: `Bearer ${bearer}` }, ...(body !== undefined && { body }) },
      );
      const text = await response.text();
      expect(response.status, `${operationId}: ${text}`).toBe(status);
      const answer = { method, path, status: response.status, headers: response.headers, text };
      expect(conformance.faultsOf(answer), `${operationId}: ${text}`).toEqual([]);
    }
  }
});
