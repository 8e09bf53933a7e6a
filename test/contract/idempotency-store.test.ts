import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createIdempotencyStore,
  type IdempotencyStore,
  KEY_REMEMBERED_MS,
} from '../../functions/store/idempotency-store.ts';
import { TENANT_INDEX } from '../../functions/store/item.ts';
import { TTL_ATTRIBUTE, tableSchema } from '../../functions/store/table.ts';
import { type Engine, startDynalite, startDynoxide } from './engines.ts';

const TableName = 'event-trackers';
const { DYNOXIDE } = process.env;
const ENGINES = ['dynalite', ...(DYNOXIDE ? ['dynoxide'] : [])];
const NOW = 1_790_000_000_000;
const use = { requestHash: 'body', trackerId: 'et-1', generation: 1, contextRevision: 0 };

describe.each(ENGINES)('on %s', (name) => {
  let engine: Engine;
  let documents: DynamoDBDocumentClient;
  let store: IdempotencyStore;
  beforeAll(async () => {
    const table = { TableName, ...tableSchema() };
    engine = name === 'dynalite' ? await startDynalite(table) : await startDynoxide(DYNOXIDE ?? '', table);
    documents = DynamoDBDocumentClient.from(engine.client);
    store = createIdempotencyStore(documents, TableName);
  });
  afterAll(() => engine.close());

  test('a key keeps the request for which it was first used', async () => {
    const owner = { tenantId: 'acme', keyHash: 'once' };
    expect(await store.read(owner, NOW)).toBeUndefined();
    expect(await store.remember(owner, use, NOW)).toBe(true);
    expect(await store.remember(owner, { ...use, generation: 2 }, NOW)).toBe(false);
    expect(await store.read(owner, NOW)).toEqual(use);
  });

  test('of 50 parallel uses of a key, exactly one is the first', async () => {
    const owner = { tenantId: 'acme', keyHash: 'race' };
    const first = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.remember(owner, { ...use, generation: n }, NOW)),
    );
    expect(first.filter(Boolean)).toHaveLength(1);
    expect((await store.read(owner, NOW))?.generation).toBe(first.indexOf(true));
  });

  test('two tenants can use the same key', async () => {
    await store.remember({ tenantId: 'acme', keyHash: 'mine' }, use, NOW);
    expect(await store.read({ tenantId: 'umbrella', keyHash: 'mine' }, NOW)).toBeUndefined();
  });

  test('a key can be reused after a day, even if the table has not expired its item yet', async () => {
    const owner = { tenantId: 'acme', keyHash: 'old' };
    await store.remember(owner, use, NOW);
    expect(await store.read(owner, NOW + KEY_REMEMBERED_MS - 1000)).toEqual(use);
    expect(await store.remember(owner, use, NOW + KEY_REMEMBERED_MS - 1000)).toBe(false);
    expect(await store.read(owner, NOW + KEY_REMEMBERED_MS)).toBeUndefined();
    const later = { ...use, requestHash: 'another', generation: 3 };
    expect(await store.remember(owner, later, NOW + KEY_REMEMBERED_MS)).toBe(true);
    expect(await store.read(owner, NOW + KEY_REMEMBERED_MS)).toEqual(later);
  });

  test('the item of a key is in no index and has a TTL in seconds', async () => {
    await store.remember({ tenantId: 'indexed', keyHash: 'k' }, use, NOW);
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { trackerId: 'idem#indexed#k' } }));
    expect(Item?.[TTL_ATTRIBUTE]).toBe((NOW + KEY_REMEMBERED_MS) / 1000);
    const { Items } = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: TENANT_INDEX,
        KeyConditionExpression: '#t = :t',
        ExpressionAttributeNames: { '#t': 'tenantId' },
        ExpressionAttributeValues: { ':t': 'indexed' },
      }),
    );
    expect(Items).toEqual([]);
  });
});
