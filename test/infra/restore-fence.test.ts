import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { type EventTrackerRecord, isIdle } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { dynamoDbFault } from '../../infra/local/dynamodb/faults.ts';
import { createDynamoDbService, type DynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { createStepFunctionsService } from '../../infra/local/step-functions/service.ts';
import { CUT, type WireService } from '../../infra/local/wire.ts';
import { restoreFence } from '../../infra/restore/command.ts';
import { FENCE_STEP, fenceTable } from '../../infra/restore/fence.ts';
import { clientOf } from '../contract/engines.ts';
import { serve } from '../contract/serve.ts';
import { GROUP, TRACKER, World } from '../world/world.ts';

/**
 * Fencing a restored table. The tests do not use PITR itself: each creates a new table on the local engine, with records that
 * the workflow has written.
 */
const MAIN = join(import.meta.dirname, '../../infra/restore/main.ts');
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:lifecycle';
const LATER = Date.parse('2026-11-24T00:00:00Z');

let dynamodb: DynamoDbService;
let injected: FaultInjection;
let served: { url: string; close(): Promise<void> };
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;
/** Called before the engine gets a request. CUT breaks the connection instead. */
let before: (operation: string) => typeof CUT | undefined = () => undefined;
let TableName = '';
let tables = 0;
let store: TrackerStore;
const stepFunctions = createStepFunctionsService({
  clock: Date.now,
  stateMachines: [
    {
      name: 'lifecycle',
      definition:
        '{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":600,"Next":"Done"},"Done":{"Type":"Succeed"}}}',
      tasks: {},
    },
  ],
});

beforeAll(async () => {
  injected = new FaultInjection();
  dynamodb = await createDynamoDbService({
    faults: injected,
    tables: Array.from({ length: 16 }, (_, n) => ({ TableName: `restored-${n}`, ...tableSchema() })),
  });
  const wire: WireService = async (request) => {
    const [service, operation = ''] = String(request.headers['x-amz-target']).split('.');
    if (service === 'AWSStepFunctions') return stepFunctions.wire(request);
    return before(operation) ?? dynamodb.wire(request);
  };
  served = await serve(wire);
  client = clientOf(served.url);
  documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(async () => {
  client.destroy();
  await stepFunctions.close();
  await served.close();
  await dynamodb.close();
});
beforeEach(() => {
  TableName = `restored-${tables++}`;
  store = createTrackerStore(documents, TableName);
  for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
});
afterEach(() => {
  before = () => undefined;
  vi.unstubAllEnvs();
});

const environment = () => ({
  AWS_ENDPOINT_URL: served.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
});

/** Runs the command as an operator does. @returns its output and exit code */
async function fence(...args: string[]) {
  const printed: string[] = [];
  const errors: string[] = [];
  const output = {
    print: (text: string) => void printed.push(text),
    printError: (text: string) => void errors.push(text),
  };
  const exitCode = await restoreFence(['--table', TableName, ...args], output);
  return { exitCode, printed: printed.join('\n'), errors: errors.join('\n') };
}

const newRecord = (n: number): EventTrackerRecord =>
  createRecord(
    {
      trackerId: `et-${n}`,
      datasetGroupArn: `${GROUP}-${n}`,
      name: 'shop',
      tags: [],
      tenantId: 'acme',
      adoptExisting: false,
      correlationId: 'request',
      key: { key: 'k', body: 'b' },
    },
    LATER - 60_000 + n,
    AWS_SETTINGS,
  );

async function records(): Promise<EventTrackerRecord[]> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName }));
  const ids = Items.filter(({ rev }) => rev !== undefined).map(({ trackerId }) => String(trackerId));
  return Promise.all(
    ids.sort().map(async (id) => {
      const record = await store.read(id);
      if (record === undefined) throw new Error('no record');
      return record;
    }),
  );
}

/** A table with an ACTIVE record, one that is being created, one with an unpublished event, an Idempotency-Key, and a foreign item. */
async function restoredTable(): Promise<World> {
  const world = new World();
  await world.ask();
  await world.run();
  for (const record of world.store.records.values()) await store.create(record);
  await store.create({ ...newRecord(1), epoch: 3, sequence: 2 });
  await store.create({ ...world.record, trackerId: 'et-unpublished', outbox: [...outboxOf(world)] });
  await documents.send(new PutCommand({ TableName, Item: { trackerId: 'idem#acme#hash', expiresAt: 1 } }));
  await documents.send(new PutCommand({ TableName, Item: { trackerId: 'something else' } }));
  return world;
}
function outboxOf(world: World): EventTrackerRecord['outbox'] {
  const [detail] = world.published;
  if (detail === undefined) throw new Error('nothing was published');
  return [{ kind: 'event', id: detail.metadata.eventId, at: 1, detailType: 'Event Tracker State Change', detail }];
}

describe('npm run restore:fence', () => {
  test('without --yes prints what it would change and changes nothing', async () => {
    await restoredTable();
    const originals = await records();
    const { exitCode, printed } = await fence();
    expect(exitCode).toBe(0);
    expect(printed).toContain('3 records, of which 2 are unfinished; 1 Idempotency-Keys');
    expect(printed).toContain('Other items, which stay unchanged: 1 (something else)');
    expect(printed).toContain('To fence: 3. Nothing was changed');
    expect(await records()).toEqual(originals);
  });

  test('raises the epoch and sequence of every record by a million and makes the record due', async () => {
    await restoredTable();
    const originals = await records();
    const { exitCode, printed } = await fence('--yes', '--no-running-executions');
    expect(exitCode).toBe(0);
    expect(printed).toContain('Fenced: 3.');
    for (const [index, now] of (await records()).entries()) {
      const original = originals[index];
      if (original === undefined) throw new Error('an unexpected record');
      expect(now).toMatchObject({
        epoch: original.epoch + FENCE_STEP,
        sequence: original.sequence + FENCE_STEP,
        rev: original.rev + 1,
      });
      expect(now.due.lane).toBe(isIdle(original) ? 'routine' : 'urgent');
      // Everything else is unchanged.
      const { epoch, sequence, rev, due, ...rest } = original;
      expect(now).toMatchObject(rest);
    }
    expect(await store.listDue('urgent', Date.now(), 10)).toHaveLength(2);
    expect(await store.listDue('routine', Date.now(), 10)).toEqual([TRACKER]);
  });

  test('for a second restore to a time before the first fence, exceeds the epochs and sequences used after the first', async () => {
    await store.create(newRecord(1));
    const { printed } = await fence('--yes', '--no-running-executions', '--restore-number', '2');
    expect(printed).toContain('Fenced: 1. Epoch and sequence are 2,000,000 higher');
    expect(await records()).toMatchObject([{ epoch: 1 + 2 * FENCE_STEP, sequence: 2 * FENCE_STEP }]);
  });

  test('fences each record once, even if it is killed halfway and run again', async () => {
    const COUNT = 60;
    await Promise.all(Array.from({ length: COUNT }, (_, n) => store.create(newRecord(n))));
    let child: ChildProcess | undefined;
    let updates = 0;
    before = (operation) => {
      // Killed during ten writes. Some of them take effect although their answers are lost.
      if (operation === 'UpdateItem' && ++updates === 25) child?.kill('SIGKILL');
      return undefined;
    };
    child = spawn(process.execPath, [MAIN, '--table', TableName, '--yes', '--no-running-executions'], {
      env: { ...process.env, ...environment() },
      stdio: 'ignore',
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const half = (await records()).filter(({ epoch }) => epoch > FENCE_STEP).length;
    expect(half).toBeGreaterThanOrEqual(20);
    expect(half).toBeLessThan(COUNT);

    const again = await fence('--yes', '--no-running-executions');
    const fencedNow = Number(/^Fenced: (\d+)\./m.exec(again.printed)?.[1]);
    const fencedBefore = Number(/^Fenced by an earlier run: (\d+)\./m.exec(again.printed)?.[1]);
    expect(fencedNow).toBeGreaterThan(0);
    expect(fencedBefore).toBeGreaterThanOrEqual(half);
    expect(fencedNow + fencedBefore).toBe(COUNT);
    for (const { epoch, sequence } of await records()) {
      expect({ epoch, sequence }).toEqual({ epoch: 1 + FENCE_STEP, sequence: FENCE_STEP });
    }
    expect((await fence('--yes', '--no-running-executions')).printed).toContain('Fenced: 0.');
  });

  test('does not repeat a write whose answer was lost', async () => {
    await store.create(newRecord(1));
    let updates = 0;
    before = (operation) => (operation === 'UpdateItem' && ++updates === 1 ? CUT : undefined);
    injected.of('dynamodb', dynamoDbFault).add({ operation: 'UpdateItem', times: 1, fault: 'lost-answer' });
    expect((await fence('--yes', '--no-running-executions')).exitCode).toBe(0);
    expect(updates).toBeGreaterThan(1);
    expect(await records()).toMatchObject([{ epoch: 1 + FENCE_STEP, sequence: FENCE_STEP }]);
  });

  test('refuses while an execution is running and names it', async () => {
    await store.create(newRecord(1));
    const answer = await stepFunctions.wire({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution' },
      body: Buffer.from(JSON.stringify({ stateMachineArn: MACHINE, name: 'et-1-1', input: '{}' })),
    });
    expect(answer).toMatchObject({ status: 200 });
    const { exitCode, errors } = await fence('--yes', '--state-machine', MACHINE);
    expect(exitCode).toBe(1);
    expect(errors).toContain('1 execution is running (et-1-1). Nothing was changed.');
    expect(await records()).toMatchObject([{ epoch: 1 }]);
  });

  test.each([
    ['no table', [], '--table is required'],
    ['a table that does not exist', ['--table', 'nowhere'], 'The table nowhere does not exist'],
    ['--yes alone', ['--table', 't', '--yes'], '--yes requires --state-machine ARN'],
    ['a name instead of an ARN', ['--table', 't', '--yes', '--state-machine', 'x'], '--state-machine must be the ARN'],
    [
      'an invalid restore number',
      ['--table', 't', '--restore-number', '0'],
      '--restore-number must be a whole number from 1 to 1000',
    ],
    ['an unknown flag', ['--tabel', 't'], "Unknown option '--tabel'"],
  ])('refuses %s and names the flag and its rule', async (_, args, message) => {
    const errors: string[] = [];
    const output = { print: () => {}, printError: (text: string) => void errors.push(text) };
    expect(await restoreFence(args, output)).toBeGreaterThan(0);
    expect(errors.join('\n')).toContain(message);
  });

  test("without a Region says what to set; the AWS CLI's variable works, too", async () => {
    await store.create(newRecord(1));
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    expect(await fence()).toMatchObject({ exitCode: 1, errors: expect.stringContaining('set AWS_REGION') });
    vi.stubEnv('AWS_DEFAULT_REGION', 'us-east-1');
    expect(await fence()).toMatchObject({ exitCode: 0 });
  });

  test('refuses a table without records', async () => {
    await documents.send(new PutCommand({ TableName, Item: { trackerId: 'something else' } }));
    const { exitCode, errors } = await fence();
    expect(exitCode).toBe(1);
    expect(errors).toContain('contains no record of an event tracker');
  });
});

test('after fencing, an old execution cannot write, and sequences continue above the old ones', async () => {
  const world = new World();
  await world.ask();
  // The execution dies during its creation. The table is restored to this moment.
  await world.run(4);
  const old = world.record;
  expect(old.status).not.toBe('ACTIVE');
  await store.create(old);
  await fenceTable({ documents, tableName: TableName, fenceId: 'restore-1', now: world.time, dryRun: false });
  const restored = await store.read(TRACKER);
  if (restored === undefined) throw new Error('no record');
  world.store.records.set(TRACKER, restored);

  // The execution from before the restore continues, but its epoch is fenced out, so it writes nothing.
  await world.workflow.start({ trackerId: TRACKER, epoch: old.epoch });
  await world.run();
  expect(world.record).toEqual(restored);

  const started: { epoch: number }[] = [];
  const workflow = { start: async (owner: { trackerId: string; epoch: number }) => void started.push(owner) };
  const log = { info() {}, warn() {}, error() {} };
  await sweep({ store: world.store, workflow, settings: AWS_SETTINGS, now: () => world.time, log }, {});
  // Execution names contain the epoch, so this name is new.
  expect(started).toMatchObject([{ epoch: old.epoch + FENCE_STEP + 1 }]);
  await world.workflow.start({ trackerId: TRACKER, epoch: old.epoch + FENCE_STEP + 1 });
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
  expect(world.published.map(({ metadata }) => metadata.sequence)).toEqual([old.sequence + FENCE_STEP + 1]);
});
