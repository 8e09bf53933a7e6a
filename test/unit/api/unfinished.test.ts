import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAllowance } from '../../../functions/requests/allowance.ts';
import { updateDesiredState } from '../../../functions/requests/update-desired-state.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { MemoryStore } from '../../world/memory-store.ts';
import { ACTIVE, groupArn, serveApi } from './served.ts';

/** A deployment that allows one unfinished tracker per tenant. */
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi({ features: { maxUnfinishedPerTenant: 1 } });
});
afterAll(() => api.close());

const FAILED = { status: 'CREATE FAILED', observedGeneration: 1 } as const;
const REFUSED = { status: 429, body: { reason: 'TOO_MANY_UNFINISHED' } };
const post = (tenant: string, group: string, headers = {}) =>
  api.ask('POST', '/event-trackers', {
    claims: { tenant },
    headers,
    body: { name: 'shop', datasetGroupArn: groupArn(group) },
  });

test("a platform's request counts toward the limit of the tenant that it acts for", async () => {
  const act = (tenantId: string, group: string) =>
    api.ask('POST', '/platform/event-trackers', { body: { name: 'shop', datasetGroupArn: groupArn(group), tenantId } });
  expect((await act('acme', 'acme-one')).status).toBe(202);
  expect(await act('acme', 'acme-two')).toMatchObject(REFUSED);
  expect(await post('acme', 'acme-two')).toMatchObject(REFUSED);
  expect((await act('umbrella', 'umbrella-one')).status).toBe(202);
});

test('a retry, a new attempt after a failure, and a request after DELETED count toward the limit; a repeat for an unfinished tracker does not', async () => {
  const claims = { tenant: 'initech' };
  const failed = await api.has('initech', 'initech-failed', FAILED);
  await api.has('initech', 'initech-deleted', { status: 'DELETED', desired: 'ABSENT', observedGeneration: 1 });
  const running = await api.has('initech', 'initech-running');
  const writes = api.store.writes;
  const keys: Record<string, string>[] = [{}, { 'idempotency-key': 'again' }];
  for (const headers of keys) {
    expect(await api.ask('POST', `${failed}/retry`, { claims, headers })).toMatchObject(REFUSED);
    expect(await post('initech', 'initech-failed', headers)).toMatchObject(REFUSED);
    expect(await post('initech', 'initech-deleted', headers)).toMatchObject(REFUSED);
  }
  expect(api.store.writes).toBe(writes);
  expect((await post('initech', 'initech-running')).status).toBe(202);
  expect((await api.ask('POST', `${running}/retry`, { claims })).status).toBe(202);
});

test('the limit never refuses a deletion, but an unfinished deletion counts toward it', async () => {
  const claims = { tenant: 'hooli' };
  await api.has('hooli', 'hooli-running');
  const path = await api.has('hooli', 'hooli-active', ACTIVE);
  expect((await api.ask('DELETE', path, { claims })).status).toBe(202);
  expect((await api.ask('DELETE', path, { claims })).status).toBe(202);
  expect(await post('hooli', 'hooli-new')).toMatchObject(REFUSED);
});

test('an accepted request can be repeated at the limit, with its key and without', async () => {
  const keyed = { 'idempotency-key': 'first' };
  expect((await post('pied', 'pied-one', keyed)).status).toBe(202);
  expect((await post('pied', 'pied-one', keyed)).status).toBe(202);
  expect((await post('pied', 'pied-one')).status).toBe(202);
});

describe('an allowance that is reserved for a save that fails', () => {
  const claimed = createRecord(
    {
      trackerId: trackerIdOf(groupArn('race-one')),
      datasetGroupArn: groupArn('race-one'),
      name: 'shop',
      tags: [],
      tenantId: 'race',
      adoptExisting: false,
      correlationId: 'request-1',
      key: { key: 'mine', body: 'body' },
    },
    0,
    AWS_SETTINGS,
  );
  const settled = { ...claimed, status: 'ACTIVE', observedGeneration: 1, keys: [] } as const;
  const begun = { ...claimed, generation: 2, observedGeneration: 1 };

  /** Runs a change whose save fails. The second read finds `then`. */
  async function change(then: EventTrackerRecord) {
    const allowance = createAllowance({ countUnfinished: async () => 0 }, { maxUnfinishedPerTenant: 1 });
    const reads = [settled, then];
    const dependencies = {
      allowance,
      store: Object.assign(new MemoryStore(), { read: async () => reads.shift(), save: async () => undefined }),
      workflow: { start: async () => {} },
      settings: AWS_SETTINGS,
      now: () => 0,
      logStartFailure: () => {},
    };
    await updateDesiredState(dependencies, claimed.trackerId, { key: 'mine', body: 'body' }, (record) =>
      record === settled ? { apply: begun } : { answer: then },
    );
    return allowance;
  }

  test('is released if another writer was quicker', async () => {
    expect(await (await change({ ...begun, keys: [] }))?.has('race')).toBe(true);
  });

  test('is kept if the save was made and only its response was lost', async () => {
    expect(await (await change({ ...begun, keys: [{ key: 'mine', body: 'body', generation: 2 }] }))?.has('race')).toBe(
      false,
    );
  });
});
