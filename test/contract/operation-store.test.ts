import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOperationStore, type OperationStore } from '../../functions/store/operation-store.ts';
import { createStatusIndex } from '../../functions/store/status-index.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { operationIdOf } from '../../functions/tracker/identity.ts';
import { canceled, newOperation, planned } from '../../functions/tracker/operation.ts';
import { MemoryOperations } from '../world/memory-operations.ts';
import { type Engine, startDynalite } from './engines.ts';

const TableName = 'event-trackers';
let engine: Engine;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(async () => engine?.close());

const START = Date.UTC(2026, 10, 29);
const operationAt = (at: number, key = String(at)) =>
  newOperation(
    {
      operationId: operationIdOf(key),
      filter: { failureCodes: ['ACCESS_DENIED'], limit: 10 },
      requestHash: 'h',
      correlationId: 'c',
    },
    START + at,
  );

// The in-memory store, on which other tests rely, must behave the same.
describe.each([
  ['dynalite over the wire', () => createOperationStore(documents, TableName)],
  ['the one in memory', () => new MemoryOperations()],
] as const)('the store of operations: %s', (_, made) => {
  let store: OperationStore;
  beforeAll(() => {
    store = made();
  });

  test('an operation is created once, read back unchanged, and saved only by the revision that was read', async () => {
    const operation = operationAt(1);
    expect([await store.create(operation), await store.create(operation)]).toEqual([true, false]);
    expect(await store.read(operation.operationId)).toEqual(operation);
    const saved = await store.save(operation, planned(operation, 2, START + 2));
    expect(saved).toMatchObject({ status: 'RUNNING', plan: 1, matched: 2, revision: 2 });
    expect(await store.save(operation, canceled(operation, START + 3))).toBeUndefined();
    expect(await store.read(operation.operationId)).toEqual(saved);
    expect(await store.read(operationIdOf('none'))).toBeUndefined();
  });

  test('a plan belongs to the revision at which it was made', async () => {
    const operation = operationAt(4);
    const entries = [{ trackerId: 'et-1', tenantId: 'acme' }];
    await store.writePlan(operation, 0, entries);
    await store.writePlan({ ...operation, revision: 7 }, 0, []);
    expect(await store.readPlan(planned(operation, 1, START), 0)).toEqual(entries);
    await expect(store.readPlan(planned(operation, 1, START), 1)).rejects.toThrow('no page 1');
  });

  test('lists the newest first in pages, and what is due until it has ended', async () => {
    const [one, two, three] = [operationAt(10), operationAt(20), operationAt(30)];
    for (const operation of [one, two, three]) await store.create(operation);
    const first = await store.list(2);
    expect(first.operationIds).toEqual([three.operationId, two.operationId]);
    expect((await store.list(1, first.after)).operationIds).toEqual([one.operationId]);
    const due = async (by: number) => (await store.listDue(START + by)).filter((id) => id !== operationIdOf('1'));
    expect((await due(20)).sort()).toEqual([one.operationId, two.operationId].sort());
    const held = await store.save(one, { ...one, dueAt: START + 99 });
    await store.save(two, canceled(two, START + 40));
    expect(await due(90)).toEqual([three.operationId]);
    expect(held && (await due(99)).sort()).toEqual([one.operationId, three.operationId].sort());
  });
});

test('operations are in no list of trackers', async () => {
  const store = createTrackerStore(documents, TableName);
  const index = createStatusIndex(documents, TableName);
  for (const lane of ['urgent', 'routine'] as const) expect(await store.listDue(lane, START * 2, 10)).toEqual([]);
  const all = { statuses: ['ACTIVE', 'CREATE FAILED'], order: 'newest first' } as const;
  expect((await index.list(all, 10)).entries).toEqual([]);
});
