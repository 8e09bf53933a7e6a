import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdmissionStore, createAdmissionStore } from '../../functions/store/admission-store.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { type Admission, tickOf } from '../../functions/tracker/admission.ts';
import { MemoryAdmissionStore } from '../world/memory-admission.ts';
import { type Engine, startDynalite } from './engines.ts';

const TableName = 'event-trackers';
const NOW = Date.UTC(2026, 10, 30, 12);
const RATE = 2;
let engine: Engine;
let documents: DynamoDBDocumentClient;
let onTheWire: AdmissionStore;
let places = 0;
const newPlace = (): string => `${String(++places).padStart(12, '0')}/eu-west-1`;

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  onTheWire = createAdmissionStore(documents, TableName, RATE);
});
afterAll(() => engine.close());

/** One call of a task or governor. `isStale`: it decides on what it read some calls before. */
const call = fc.record({
  of: fc.constantFrom('pass', 'place', 'start', 'slot', 'created', 'throttledPoll', 'throttledCall', 'tick'),
  tenant: fc.constantFrom('acme', 'größe'),
  passed: fc.nat(8_000),
  waiting: fc.nat(3),
  isStale: fc.boolean(),
});
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never;

async function made(store: AdmissionStore, place: string, read: Admission, { of, tenant, waiting }: Call, now: number) {
  switch (of) {
    case 'pass':
      return store.pass(place, read, now);
    case 'place':
      return store.takePlace(place, tenant, read, now);
    case 'start':
      return store.startGovernor(place, read, now);
    case 'slot':
      return store.takePollSlot(place, read, undefined, now);
    case 'created':
      return store.takePollSlot(place, read, 'created', now);
    case 'throttledPoll':
      return store.takePollSlot(place, read, 'throttledPolls', now);
    case 'throttledCall':
      return store.countThrottledCall(place);
    case 'tick': {
      const lane = Array.from({ length: waiting }, (_, index) => ({
        trackerId: `et-${index}`,
        tenantId: tenant,
        place: read.virtualTime + index,
      }));
      return store.saveTick(place, read, tickOf(read, await store.readRecent(place), lane, now));
    }
  }
}

test('DynamoDB evaluates the conditions of admission as the pure functions do, whatever comes after what', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
      const inMemory = new MemoryAdmissionStore(RATE);
      const place = newPlace();
      let now = NOW;
      let before = await inMemory.read(place);
      for (const each of calls) {
        now += each.passed;
        const read = each.isStale ? before : await inMemory.read(place);
        before = await inMemory.read(place);
        const expected = await made(inMemory, place, read, each, now);
        if (expected === false) refused++;
        expect(await made(onTheWire, place, read, each, now)).toEqual(expected);
        expect(await onTheWire.read(place)).toEqual(await inMemory.read(place));
      }
      expect(await onTheWire.readRecent(place)).toEqual(await inMemory.readRecent(place));
    }),
    { numRuns: 25 },
  );
  expect(refused).toBeGreaterThan(0);
});

test('of fifty tasks that want to pass at the same time three do', async () => {
  const place = newPlace();
  const read = await onTheWire.read(place);
  const passed = await Promise.all(Array.from({ length: 50 }, () => onTheWire.pass(place, read, NOW)));
  // A task whose two forms both lost a race takes a place, so fewer may pass, never more.
  expect(passed.filter(Boolean).length).toBeGreaterThan(0);
  expect(passed.filter(Boolean).length).toBeLessThanOrEqual(3);
});

test('fifty tasks that take a place of one tenant at the same time get fifty places', async () => {
  const place = newPlace();
  const read = { ...(await onTheWire.read(place)), virtualTime: 7 };
  const taken = await Promise.all(Array.from({ length: 50 }, () => onTheWire.takePlace(place, 'acme', read, NOW)));
  expect(taken.sort((left, right) => left - right)).toEqual(Array.from({ length: 50 }, (_, index) => 7 + index));
});

test('of ten tasks that find no governor one starts it', async () => {
  const place = newPlace();
  const read = await onTheWire.read(place);
  const started = await Promise.all(Array.from({ length: 10 }, () => onTheWire.startGovernor(place, read, NOW)));
  expect(started.filter((governor) => governor !== undefined)).toEqual([1]);
});

test('each account and Region is admitted to by itself', async () => {
  const [one, other] = [newPlace(), newPlace()];
  await onTheWire.startGovernor(one, await onTheWire.read(one), NOW);
  expect(await onTheWire.read(other)).toMatchObject({ governor: 0, governedUntil: 0 });
  expect(await onTheWire.takePlace(one, 'acme', await onTheWire.read(one), NOW)).toBe(0);
  expect(await onTheWire.takePlace(other, 'acme', await onTheWire.read(other), NOW)).toBe(0);
});

test('the places to which trackers have waited are remembered', async () => {
  const [one, other] = [newPlace(), newPlace()];
  for (const place of [other, one, other]) await onTheWire.registerPlace(place);
  const known = await onTheWire.readPlaces();
  expect(known.filter((place) => place === one || place === other)).toEqual([one, other].sort());
});

test('the items are in no index of records, an unused place expires after a day, and the item of tasks stays below 1 KB', async () => {
  const place = newPlace();
  const read = { ...(await onTheWire.read(place)), governor: 1 };
  await onTheWire.startGovernor(place, await onTheWire.read(place), NOW);
  await onTheWire.saveTick(place, read, tickOf(read, { at: NOW, tenants: {} }, [], NOW));
  await onTheWire.takePlace(place, 'acme', read, NOW);
  const { Item } = await documents.send(
    new GetCommand({ TableName, Key: { trackerId: `admission#${place}#tenant#acme` } }),
  );
  expect(Item).toMatchObject({ expiresAt: NOW / 1000 + 86_400 });
  const item = await documents.send(new GetCommand({ TableName, Key: { trackerId: `admission#${place}` } }));
  expect(JSON.stringify(item.Item).length).toBeLessThan(1_000);
  const store = createTrackerStore(documents, TableName);
  for (const lane of ['urgent', 'routine'] as const) expect(await store.listDue(lane, NOW * 2, 10)).toEqual([]);
  expect(await store.listWaiting(place, 10)).toEqual([]);
});

test('an admission item that somebody broke is an error that names the attribute', async () => {
  const place = newPlace();
  await documents.send(new PutCommand({ TableName, Item: { trackerId: `admission#${place}`, credit: 'much' } }));
  await expect(onTheWire.read(place)).rejects.toThrow(/credit/);
});
