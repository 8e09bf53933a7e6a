import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStatusIndex } from '../../functions/store/status-index.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { ACTIVE, groupArn, serveApi } from '../unit/api/served.ts';
import { type Engine, startDynalite } from './engines.ts';

/** How many items DynamoDB reads, over the wire, beside few and beside many trackers of others. Exact, not timed. */

const TableName = 'event-trackers';
const NOW = Date.UTC(2026, 10, 29);
/** A list of all tenants reads up to a page from each of four partitions, so there are more than a page in each. */
const FEW = 40;
const MANY = 200;

interface Reads {
  /** Items and index entries that DynamoDB read, whether it returned them or not. */
  read: number;
  writes: number;
}
interface Side {
  readonly engine: Engine;
  readonly store: TrackerStore;
  readonly documents: DynamoDBDocumentClient;
  readonly api: Awaited<ReturnType<typeof serveApi>>;
  readonly reads: Reads;
}

interface Output {
  readonly Item?: object;
  readonly ScannedCount?: number;
  readonly Responses?: Readonly<Record<string, readonly object[]>>;
}

function countReads(engine: Engine, reads: Reads): void {
  engine.client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const { ScannedCount = 0, Item, Responses = {} } = result.output as Output;
        const batch = Object.values(Responses).flat().length;
        reads.read += ScannedCount + batch + (Item === undefined ? 0 : 1);
        if (/^(Put|Update|Delete)/.test(commandName)) reads.writes += 1;
        return result;
      },
    { step: 'initialize', name: 'countReads' },
  );
}

async function sideWith(others: number): Promise<Side> {
  const engine = await startDynalite({ TableName, ...tableSchema() });
  const reads = { read: 0, writes: 0 };
  const documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  const store = createTrackerStore(documents, TableName);
  const idle = { ...ACTIVE, due: { lane: 'routine', at: NOW + 1e6 } } as const;
  const few = (tenant: string, count: number, changes: Partial<EventTrackerRecord>) =>
    Array.from({ length: count }, (_, n) => recordOf(tenant, `${tenant}-${n}`, changes));
  const records = [
    ...few('acme', 25, idle),
    ...few('other', others, idle),
    ...few('late', 5, { due: { lane: 'urgent', at: NOW - 1 } }),
    ...few('busy', 5, { due: { lane: 'urgent', at: NOW + 1e6 } }),
  ];
  await pLimit(20).map(records, (record) => store.create(record));
  countReads(engine, reads);
  return { engine, store, documents, reads, api: await serveApi({ store }) };
}

function recordOf(tenantId: string, group: string, changes: Partial<EventTrackerRecord>): EventTrackerRecord {
  const datasetGroupArn = groupArn(group);
  const desired = {
    ...{ trackerId: trackerIdOf(datasetGroupArn), datasetGroupArn, name: 'shop', tags: [], tenantId },
    ...{ adoptExisting: false, correlationId: '1', key: { key: group, body: group } },
  };
  return { ...createRecord(desired, NOW, AWS_SETTINGS), ...changes };
}

let sides: readonly Side[] = [];
beforeAll(async () => {
  sides = await Promise.all([FEW, MANY].map(sideWith));
});
afterAll(async () => {
  for (const { api, engine } of sides) {
    await api.close();
    await engine.close();
  }
});

/** What `work` reads and writes beside few and beside many trackers, and what it returns there. */
async function eachSide<Result>(work: (side: Side) => Promise<Result>) {
  const done: { reads: Reads; result: Result }[] = [];
  for (const side of sides) {
    Object.assign(side.reads, { read: 0, writes: 0 });
    const result = await work(side);
    done.push({ reads: { ...side.reads }, result });
  }
  return done;
}

describe(`beside ${FEW} and ${MANY} trackers of others, DynamoDB reads the same for`, () => {
  test('a page of a tenant’s list: an index entry and a record for each that it returns', async () => {
    const pages = await eachSide(async ({ api }) => {
      const { body } = await api.ask('GET', '/event-trackers?maxResults=10', { claims: { tenant: 'acme' } });
      return body.eventTrackers.length;
    });
    for (const page of pages) expect(page).toEqual({ result: 10, reads: { read: 20, writes: 0 } });
  });

  test('all pages of a tenant’s list', async () => {
    const lists = await eachSide(async ({ api }) => {
      const sizes: number[] = [];
      for (let token: string | undefined = ''; token !== undefined; ) {
        const next = token === '' ? '' : `&nextToken=${encodeURIComponent(token)}`;
        const { body } = await api.ask('GET', `/event-trackers?maxResults=10${next}`, { claims: { tenant: 'acme' } });
        sizes.push(body.eventTrackers.length);
        token = body.nextToken;
      }
      return sizes;
    });
    for (const list of lists) expect(list).toEqual({ result: [10, 10, 5], reads: { read: 50, writes: 0 } });
  });

  test('one tracker', async () => {
    const path = `/event-trackers/${trackerIdOf(groupArn('acme-3'))}`;
    const got = await eachSide(async ({ api }) => (await api.ask('GET', path, { claims: { tenant: 'acme' } })).status);
    for (const each of got) expect(each).toEqual({ result: 200, reads: { read: 1, writes: 0 } });
  });

  test('a request for a tracker: nothing, beside its one write', async () => {
    const asked = await eachSide(async ({ api }) => {
      const body = { name: 'shop', datasetGroupArn: groupArn('new-1') };
      return (await api.ask('POST', '/event-trackers', { claims: { tenant: 'new' }, body })).status;
    });
    for (const each of asked) expect(each).toEqual({ result: 202, reads: { read: 0, writes: 1 } });
  });

  test('a page of all tenants’ list: at most a page from each partition of its status', async () => {
    const pages = await eachSide(async ({ documents }) => {
      const index = createStatusIndex(documents, TableName);
      return (await index.list({ statuses: ['ACTIVE'], order: 'newest first' }, 10)).entries.length;
    });
    for (const page of pages) expect(page).toEqual({ result: 10, reads: { read: 40, writes: 0 } });
  });

  test('a sweep: an index entry and a record for each that it takes over', async () => {
    const swept = await eachSide(async ({ store }) => {
      const log = { info() {}, warn() {}, error() {} };
      const workflow = { start: async () => {} };
      return sweep({ store, workflow, settings: AWS_SETTINGS, now: () => NOW, log }, {});
    });
    const result = { found: 5, takenOver: 5, handedOver: 0, failed: 0, governors: 0 };
    for (const each of swept) expect(each).toEqual({ result, reads: { read: 10, writes: 5 } });
  });

  test('a sweep when nothing is due: nothing', async () => {
    const swept = await eachSide(async ({ store }) => store.listDue('urgent', NOW, 10_000));
    for (const each of swept) expect(each).toEqual({ result: [], reads: { read: 0, writes: 0 } });
  });
});
