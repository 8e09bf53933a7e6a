import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTES } from '../../functions/api/routes.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { ACTIVE, groupArn, serveApi } from '../unit/api/served.ts';
import { type Engine, startDynalite } from './engines.ts';

const TableName = 'event-trackers';
let engine: Engine;
let api: Awaited<ReturnType<typeof serveApi>>;
/** Each DynamoDB call: the operation and the length of its answer in bytes. */
let calls: { operation: string; bytes: number }[] = [];

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  engine.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers: Record<string, string> };
        calls.push({ operation: commandName ?? '', bytes: Number(headers['content-length']) });
        return result;
      },
    { step: 'deserialize', name: 'measured', priority: 'low' },
  );
  const documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  api = await serveApi({ store: createTrackerStore(documents, TableName) });
});
afterAll(async () => {
  await api?.close();
  await engine?.close();
});

const TAGS = Array.from({ length: 40 }, (_, n) => ({ tagKey: `${n}`, tagValue: '界'.repeat(250) }));
const ofOneTracker = ROUTES.filter(({ path, authorizer }) => authorizer === 'jwt' && path.includes('{trackerId}'));

async function callsOf(method: string, path: string, tenant: string) {
  calls = [];
  const scope = 'event-trackers/read event-trackers/write event-trackers/events';
  const { status } = await api.ask(method, path, { claims: { tenant, scope }, ...(method === 'POST' && { body: {} }) });
  return { status, calls };
}

test.each(ofOneTracker.map(({ method, path }) => [method, path] as const))(
  '%s %s reads the same items and bytes for another tenant’s large tracker as for a missing one',
  async (method, path) => {
    const taken = await api.has('initech', 'initech-large', { ...ACTIVE, tags: TAGS });
    const absent = `/event-trackers/${trackerIdOf(groupArn('initech-absent'))}`;
    const at = (tracker: string) => path.replace('/event-trackers/{trackerId}', tracker);
    const own = await callsOf('GET', taken, 'initech');
    expect(own.calls.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(30_000);
    const of = await callsOf(method, at(taken), 'umbrella');
    expect(of.status).toBe(404);
    expect(of.calls).toHaveLength(1);
    expect(of).toEqual(await callsOf(method, at(absent), 'umbrella'));
  },
);

test('a list filtered by another tenant’s dataset group reads the same as one by an unknown group', async () => {
  await api.has('initech', 'initech-large', { ...ACTIVE, tags: TAGS });
  const listed = (group: string) => callsOf('GET', `/event-trackers?datasetGroupArn=${groupArn(group)}`, 'umbrella');
  const of = await listed('initech-large');
  expect(of.calls).toHaveLength(1);
  expect(of).toEqual(await listed('initech-absent'));
});
