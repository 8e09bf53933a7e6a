import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { serve } from '../../contract/serve.ts';
import { startTable, startWorld, tenant, type World, type WorldOptions } from './onboarding-world.ts';
import { creations, newRun } from './onboarding-worlds.ts';

/** The state machine that onboards a list: each entry has its own line in the report. */
let table: Awaited<ReturnType<typeof startTable>>;
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  table = await startTable();
  server = await serve(table.dynamodb.wire);
  // The function of the report reads them at its first call.
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await table.dynamodb.close();
});
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});
async function open(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(table.dynamodb, options);
  worlds.push(world);
  return world;
}

const refusal = (reason: string) => ({ status: 409, body: { reason, detail: 'No.', remedy: 'Correct it.' } });

test('entries with the same dataset group are reported each for itself', async () => {
  const world = await open({
    api({ body: { tenantId, name } }) {
      if (tenantId !== 'acme') return refusal('DATASET_GROUP_NOT_ALLOWED');
      return name === 'shop' ? undefined : refusal('NAME_CONFLICT');
    },
  });
  const tenants = [
    tenant('acme'),
    tenant('acme', { name: 'other' }),
    tenant('globex', { datasetGroup: 'acme-books' }),
    tenant('acme'),
  ];
  const input = { tenants, toleratedFailurePercentage: 100, maxConcurrency: 1 };
  const { status, output = '' } = await world.run(newRun(), input, 'onboarding-list');
  expect(status).toBe('SUCCEEDED');
  expect(JSON.parse(output)).toMatchObject({
    total: 4,
    active: 2,
    failed: 2,
    notFinished: 0,
    failures: [
      { ...tenants[1], code: 'NAME_CONFLICT' },
      { ...tenants[2], code: 'DATASET_GROUP_NOT_ALLOWED' },
    ],
  });
});

test('an entry with a name that no key of a table can hold is reported with its own code', async () => {
  const world = await open({ api: () => refusal('INVALID_REQUEST') });
  const tenants = [tenant('acme', { datasetGroup: '' }), tenant('acme', { datasetGroup: 'x'.repeat(1500) })];
  const input = { tenants, toleratedFailurePercentage: 100 };
  const { output = '' } = await world.run(newRun(), input, 'onboarding-list');
  expect(JSON.parse(output)).toMatchObject({
    failed: 2,
    notFinished: 0,
    summary: expect.stringContaining('2 INVALID_'),
  });
});

test.each([[{}], [{ tenant: [] }], [[]]])('the input %j, which has no list, is refused', async (input) => {
  const world = await open();
  expect(await world.run(newRun(), input, 'onboarding-list')).toMatchObject({
    status: 'FAILED',
    error: 'INVALID_INPUT',
    cause: expect.stringContaining('tenants'),
  });
});

test.each([[null], [''], [5], [['x']]])('the schema %j is refused before anything is created', async (schema) => {
  const world = await open();
  const tenants = [tenant('acme', { schema })];
  const { output = '' } = await world.run(newRun(), { tenants, toleratedFailurePercentage: 100 }, 'onboarding-list');
  expect(JSON.parse(output).failures).toMatchObject([{ ...tenant('acme'), code: 'INVALID_INPUT' }]);
  expect(creations(world)).toEqual([]);
});
