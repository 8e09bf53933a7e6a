import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { type DatasetGroups, datasetGroupsOf } from './api/dataset-groups.ts';
import { call, injectFault, type LocalRuntime, local, startLocalRuntime } from './local-runtime.ts';

/** A handful here; hundreds in `npm run test:ci`. */
const TRACKERS = Number(process.env.OPERATION_TRACKERS ?? 12);
const TENANTS = ['acme', 'umbrella', 'initech'];
/** So slow that there is time to kill the runtime in between, but not much slower. */
const PACE = { RETRIES_PER_MINUTE: String(30 * TRACKERS) };

let runtime: LocalRuntime;
let groups: DatasetGroups;
let token: string;

beforeAll(async () => {
  runtime = await startLocalRuntime({ environment: PACE });
  groups = await datasetGroupsOf(runtime);
  const scopes = ['read', 'write', 'platform'];
  token = await mintToken(join(runtime.data, 'identity'), { scopes, expiresInSeconds: 3600 });
});
afterAll(async () => {
  groups?.personalize.destroy();
  await runtime?.end('SIGKILL');
});

const ask = async (method: string, path: string, more: object = {}) => call(runtime, method, path, { token, ...more });
const operationAt = async (location: string) => (await ask('GET', location)).body;

/** Trackers of the tenants whose role had no permission to create them. @returns their ids */
async function failed(prefix: string): Promise<string[]> {
  const requests: object[] = [];
  for (let n = 0; n < TRACKERS; n += 20) {
    const some = Array.from({ length: Math.min(20, TRACKERS - n) }, (_, more) => n + more);
    const made = some.map(async (each) => {
      const tenantId = TENANTS[each % TENANTS.length] ?? '';
      const datasetGroupArn = await groups.make(`${tenantId}-${prefix}${each}`);
      requests.push({ name: prefix, datasetGroupArn, tenantId });
    });
    await Promise.all(made);
  }
  const denied = { operation: 'CreateEventTracker', times: TRACKERS, fault: 'access-denied' };
  await injectFault(runtime, 'personalize', denied);
  const ids: string[] = [];
  for (let n = 0; n < TRACKERS; n += 100) {
    const { body } = await ask('POST', '/event-trackers/batch', { body: { requests: requests.slice(n, n + 100) } });
    ids.push(
      ...body.results.map(({ eventTracker }: { eventTracker: { trackerId: string } }) => eventTracker.trackerId),
    );
  }
  await expect.poll(() => countOf('CREATE FAILED', prefix), { timeout: 300_000, interval: 500 }).toBe(TRACKERS);
  return ids;
}

async function countOf(status: string, name: string): Promise<number> {
  const ids = new Set<string>();
  let next: string | undefined = `/event-trackers?status=${encodeURIComponent(status)}&nameContains=${name}`;
  while (next !== undefined) {
    const { headers, body } = await ask('GET', next);
    for (const { trackerId } of body.eventTrackers) ids.add(trackerId);
    next = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1];
  }
  return ids.size;
}

async function killAndRestart(): Promise<void> {
  const { data } = runtime;
  await runtime.end('SIGKILL');
  runtime = await startLocalRuntime({ data, environment: PACE });
}

test('a canceled operation leaves the rest as it is, and another one takes what is left', {
  timeout: 900_000,
}, async () => {
  await failed('cancel');
  const body = { failureCodes: ['ACCESS_DENIED'] };
  const location = (await ask('POST', '/event-trackers/retry', { body })).headers.get('location') ?? '';
  await expect
    .poll(async () => (await operationAt(location)).counts.retried, { timeout: 120_000, interval: 20 })
    .toBeGreaterThan(0);
  const { body: canceled } = await ask('POST', `${location}/cancel`);
  expect(canceled).toMatchObject({ status: 'CANCELED', endDateTime: expect.any(String) });
  await expect.poll(() => countOf('CREATE FAILED', 'cancel'), { timeout: 60_000 }).toBeLessThan(TRACKERS);
  // The one in progress still counted; afterwards nothing moves.
  await local(runtime, 'POST', '/_local/operations', {});
  const left = (await operationAt(location)).counts.remaining;
  expect(left).toBeGreaterThan(0);
  const next = (await ask('POST', '/event-trackers/retry', { body })).headers.get('location') ?? '';
  await expect.poll(async () => (await operationAt(next)).status, { timeout: 300_000 }).toBe('COMPLETED');
  const { counts } = await operationAt(next);
  expect(counts.retried).toBe(left);
  expect((await operationAt(location)).counts.remaining).toBe(left);
  await expect.poll(() => countOf('ACTIVE', 'cancel'), { timeout: 300_000, interval: 500 }).toBe(TRACKERS);
});

test('after a lost permission is back, one operation repairs every tracker once, with kill -9 in between', {
  timeout: 900_000,
}, async () => {
  const ids = await failed('repair');
  const filter = { failureCodes: ['ACCESS_DENIED'] };
  expect((await ask('POST', '/event-trackers/retry', { body: { ...filter, dryRun: true } })).body).toEqual({
    matched: TRACKERS,
  });
  const headers = { 'idempotency-key': 'repair' };
  const accepted = await ask('POST', '/event-trackers/retry', { body: filter, headers });
  expect(accepted.status).toBe(202);
  const location = accepted.headers.get('location') ?? '';

  for (const share of [0.2, 0.5, 0.8]) {
    await expect
      .poll(async () => (await operationAt(location)).counts.retried, { timeout: 120_000, interval: 20 })
      .toBeGreaterThanOrEqual(Math.floor(TRACKERS * share));
    await killAndRestart();
  }
  await expect.poll(async () => (await operationAt(location)).status, { timeout: 300_000 }).toBe('COMPLETED');
  expect(await operationAt(location)).toMatchObject({
    counts: { matched: TRACKERS, retried: TRACKERS, skipped: 0, failed: 0, remaining: 0 },
  });
  await expect.poll(() => countOf('ACTIVE', 'repair'), { timeout: 300_000, interval: 500 }).toBe(TRACKERS);
  const { body } = await ask('GET', '/event-trackers/summary');
  expect(body).toMatchObject({ byStatus: { ACTIVE: 2 * TRACKERS }, byFailureCode: {} });
  // Generation 2 is the retry: nothing was retried twice.
  for (const id of ids) expect((await ask('GET', `/event-trackers/${id}`)).body).toMatchObject({ generation: 2 });

  const again = await ask('POST', '/event-trackers/retry', { body: filter, headers });
  expect([again.headers.get('location'), again.body.status]).toEqual([location, 'COMPLETED']);
  expect((await ask('GET', '/operations')).body.operations).toHaveLength(3);
});
