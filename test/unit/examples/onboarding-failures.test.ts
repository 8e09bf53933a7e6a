import { describe, expect, test } from 'vitest';
import { FAILURE_CODES } from '../../../functions/tracker/failures.ts';
import { CUT } from '../../../infra/local/wire.ts';
import { ACCEPTED, GROUP, tenant, type World } from './onboarding-world.ts';
import { creations, newRun, resources, worldsForEachTest } from './onboarding-worlds.ts';

/** How the onboarding of a tenant fails: with a code and a remedy, as the result of the execution and as a line of the report. */
const open = worldsForEachTest();

/** Expects the failure as the result of the execution and as the line of the report. */
async function expectFailure(world: World, code: string, remedy: string, input: object = tenant()): Promise<void> {
  const run = newRun();
  expect(await world.run(run, input)).toMatchObject({
    status: 'FAILED',
    error: code,
    cause: expect.stringContaining(remedy),
  });
  // The remedy is a sentence, not the JSON in which Step Functions reports an error of a function.
  expect((await world.ended(run)).cause).not.toContain('errorMessage');
  expect(await world.line(run)).toEqual({
    run,
    ...tenant(),
    status: 'FAILED',
    code,
    remedy: expect.stringContaining(remedy),
  });
}

describe('the dataset group', () => {
  test('that ends CREATE FAILED fails the onboarding', async () => {
    const world = await open();
    world.personalize.addFault({ operation: 'CreateDatasetGroup', fault: 'create-failed', times: 1 });
    await expectFailure(world, 'DATASET_GROUP_NOT_ACTIVE', 'Delete it');
  });

  test('that is being deleted fails the onboarding; once it is gone, the next one creates it', async () => {
    const world = await open();
    world.personalize.setTiming({ datasetGroupMs: 0 });
    world.personalize.call('CreateDatasetGroup', { name: 'acme-books' });
    world.personalize.setTiming({ datasetGroupMs: 300 });
    world.personalize.call('DeleteDatasetGroup', { datasetGroupArn: GROUP });
    await expectFailure(world, 'DATASET_GROUP_NOT_ACTIVE', 'wait until it is deleted');
    await expect.poll(() => resources(world)).toEqual([]);
    expect((await world.run(newRun())).status).toBe('SUCCEEDED');
  });

  test('that never becomes ACTIVE fails it after the last poll', async () => {
    const world = await open({
      edit: (text) => text.replaceAll('"NumericGreaterThan": 360', '"NumericGreaterThan": 3'),
    });
    world.personalize.addFault({ operation: 'CreateDatasetGroup', fault: 'stuck', times: 1 });
    await expectFailure(world, 'DATASET_GROUP_NOT_IN_TIME', 'onboard the tenant again');
    expect(world.operations.filter((name) => name === 'DescribeDatasetGroup')).toHaveLength(4);
  });

  test('over the quota fails with the name of the error, after the retries', async () => {
    const world = await open({ edit: (text) => text.replaceAll('"MaxAttempts": 30', '"MaxAttempts": 2') });
    world.personalize.addFault({ operation: 'CreateDatasetGroup', fault: 'throttle', times: 100 });
    await expectFailure(world, 'Personalize.LimitExceededException', 'Rate exceeded');
    expect(creations(world)).toHaveLength(3);
  });

  test('that the role may not create fails with the message of the service', async () => {
    const world = await open();
    world.personalize.addFault({ operation: 'CreateDatasetGroup', fault: 'access-denied', times: 100 });
    await expectFailure(world, 'Personalize.PersonalizeException', 'personalize:CreateDatasetGroup');
  });

  test('with a name that Personalize refuses is not retried', async () => {
    const world = await open();
    const run = newRun();
    expect(await world.run(run, tenant('acme', { datasetGroup: 'acme books' }))).toMatchObject({
      status: 'FAILED',
      error: 'Personalize.InvalidInputException',
    });
    expect(creations(world)).toEqual(['CreateDatasetGroup']);
  });

  test('that is deleted while its dataset is created fails the onboarding', async () => {
    const world = await open({
      async around(name, call, { personalize }) {
        if (name === 'CreateDataset') {
          personalize.setTiming({ datasetGroupMs: 0 });
          personalize.call('DeleteDatasetGroup', { datasetGroupArn: GROUP });
        }
        return await call();
      },
    });
    await expectFailure(world, 'Personalize.ResourceNotFoundException', GROUP);
  });
});

describe('the Interactions dataset', () => {
  async function withOtherSchema(): Promise<World> {
    const world = await open();
    const { personalize } = world;
    personalize.setTiming({ datasetGroupMs: 0 });
    personalize.call('CreateDatasetGroup', { name: 'acme-books' });
    const schemaArn = 'arn:aws:personalize:us-east-1:123456789012:schema/acme-shop-interactions';
    const dataset = { name: 'acme-books', datasetType: 'Interactions', datasetGroupArn: GROUP, schemaArn };
    expect(personalize.call('CreateDataset', dataset).kind).toBe('output');
    return world;
  }

  test('with another schema fails the onboarding, and nothing is created', async () => {
    const world = await withOtherSchema();
    await expectFailure(world, 'INTERACTIONS_DATASET_HAS_ANOTHER_SCHEMA', "Set the tenant's schema");
    expect(creations(world)).toEqual([]);
  });

  test('is used if the input names its schema', async () => {
    const world = await withOtherSchema();
    expect((await world.run(newRun(), tenant('acme', { schema: 'acme-shop-interactions' }))).status).toBe('SUCCEEDED');
    expect(creations(world)).toEqual([]);
  });

  test('that another execution created meanwhile with another schema is found', async () => {
    const world = await open({
      async around(name, call, { personalize }) {
        if (name === 'CreateDataset') {
          const schemaArn = 'arn:aws:personalize:us-east-1:123456789012:schema/acme-shop-interactions';
          personalize.call('CreateDataset', {
            name: 'x',
            datasetType: 'Interactions',
            datasetGroupArn: GROUP,
            schemaArn,
          });
        }
        return await call();
      },
    });
    await expectFailure(world, 'INTERACTIONS_DATASET_HAS_ANOTHER_SCHEMA', "Set the tenant's schema");
  });
});

describe('the API', () => {
  const problem = (status: number, reason: string) => ({
    status,
    body: { reason, detail: `This is ${reason}.`, remedy: 'Do that.' },
  });
  const REFUSALS = [
    problem(403, 'DATASET_GROUP_NOT_ALLOWED'),
    problem(409, 'NAME_CONFLICT'),
    problem(400, 'INVALID_REQUEST'),
    problem(400, 'NOT_ENABLED'),
  ];

  test.each(REFUSALS)(
    'a refused dry run ends the onboarding before anything is created: $body.reason',
    async (refusal) => {
      const world = await open({ api: () => refusal });
      await expectFailure(world, refusal.body.reason, `This is ${refusal.body.reason}. Do that.`);
      expect(world.operations).toEqual(['DryRun', 'PutItem']);
    },
  );

  test.each(['NAME_CONFLICT', 'CONFLICT', 'DATASET_GROUP_NOT_ACTIVE'])(
    'so does a finding of the dry run: %s',
    async (code) => {
      const findings = [{ code, reason: 'It is there.', remedy: 'Remove it.' }];
      const world = await open({
        api: () => ({ status: 200, body: { wouldSucceed: false, outcome: 'FAIL', findings } }),
      });
      await expectFailure(world, code, 'It is there. Remove it.');
      expect(world.operations).toEqual(['DryRun', 'PutItem']);
    },
  );

  test.each(REFUSALS)('a refused request after an accepted dry run: $body.reason', async (refusal) => {
    const world = await open({ api: ({ isDryRun }) => (isDryRun ? undefined : refusal) });
    await expectFailure(world, refusal.body.reason, 'Do that.');
  });

  test("API Gateway's own answer has a code and its message", async () => {
    const world = await open({ api: () => ({ status: 403, body: { message: 'Forbidden' } }) });
    await expectFailure(world, 'HttpStatus403', 'Forbidden');
  });

  test('that stays busy fails the onboarding after the retries', async () => {
    const world = await open({
      api: () => ({ status: 503, body: '' }),
      edit: (text) => text.replaceAll('"MaxAttempts": 30', '"MaxAttempts": 2'),
    });
    await expectFailure(world, 'ServiceBusy', 'it returned 503');
    expect(world.calls.map(({ isDryRun }) => isDryRun)).toEqual([true, true, true, true, false, false, false]);
  });
});

describe('the event tracker', () => {
  test.each([...FAILURE_CODES, 'SUPERSEDED', 'DELETED'])(
    'that ends with %s gives the code and its remedy',
    async (code) => {
      const world = await open({
        async api(call, { fail }) {
          if (call.isDryRun) return ACCEPTED;
          await fail(call, code, `The remedy of ${code}.`);
          return { status: 202, body: {} };
        },
      });
      await expectFailure(world, code, `The remedy of ${code}.`);
    },
  );

  test('whose service sends no heartbeat fails with SERVICE_SILENT', async () => {
    const world = await open({ api: ({ isDryRun }) => (isDryRun ? undefined : { status: 202, body: {} }) });
    await expectFailure(world, 'SERVICE_SILENT', 'The request remains');
  });

  test('with heartbeats but no outcome fails with NOT_IN_TIME', async () => {
    const seconds = {
      '"TimeoutSeconds": 7200': '"TimeoutSeconds": 2',
      '"HeartbeatSeconds": 600': '"HeartbeatSeconds": 1',
    };
    const beats: NodeJS.Timeout[] = [];
    const world = await open({
      timeScale: 1,
      edit: (text) => Object.entries(seconds).reduce((edited, [from, to]) => edited.replaceAll(from, to), text),
      api({ isDryRun, body }, { states }) {
        if (isDryRun) return ACCEPTED;
        const taskToken = body.callback?.taskToken;
        beats.push(setInterval(() => states('SendTaskHeartbeat', { taskToken }), 50));
        return { status: 202, body: {} };
      },
    });
    world.personalize.setTiming({ datasetGroupMs: 0 });
    world.personalize.call('CreateDatasetGroup', { name: 'acme-books' });
    await expectFailure(world, 'NOT_IN_TIME', 'The request remains');
    for (const beat of beats) clearInterval(beat);
  });
});

test.each([{}, { tenantId: 'acme', name: 'shop' }, tenant('acme', { name: 1 })])(
  'the input %j is refused without a call',
  async (input) => {
    const world = await open();
    expect(await world.run(newRun(), input)).toMatchObject({ status: 'FAILED', error: 'INVALID_INPUT' });
    expect(world.operations).toEqual([]);
  },
);

test('a failure that can not be recorded is still the result', async () => {
  const world = await open({
    api: () => ({ status: 403, body: { reason: 'DATASET_GROUP_NOT_ALLOWED', detail: 'No.' } }),
    around: async (name, call) => (name === 'PutItem' ? CUT : await call()),
  });
  expect(await world.run(newRun())).toMatchObject({ status: 'FAILED', error: 'DATASET_GROUP_NOT_ALLOWED' });
});
