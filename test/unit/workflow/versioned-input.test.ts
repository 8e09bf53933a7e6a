import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INPUT_VERSION } from '../../../functions/gateways/workflow.ts';
import { TASKS, type TaskName } from '../../../infra/state-machine.ts';
import { type Deployed, startDeployed } from '../../world/local-machine.ts';

/**
 * The inputs of an execution of each version, as recorded by Step Functions. An execution can run for half an hour, so executions of the
 * previous version are still running during a deployment. Never change a file here; add one for each new version.
 */
interface Recorded {
  readonly execution: Readonly<Record<string, unknown>>;
  readonly tasks: Readonly<Record<TaskName, Readonly<Record<string, unknown>>>>;
}
const recorded = (version: number): Recorded =>
  JSON.parse(readFileSync(join(import.meta.dirname, `inputs/version-${version}.json`), 'utf8'));
const VERSIONS = Array.from({ length: INPUT_VERSION }, (_, n) => n + 1);

let deployed: Deployed;
beforeEach(async () => {
  deployed = await startDeployed();
});
afterEach(() => deployed.close());

const start = (execution: object, name: string) =>
  deployed.stepFunctions.client.send(
    new StartExecutionCommand({
      stateMachineArn: deployed.stepFunctions.stateMachineArn,
      name,
      input: JSON.stringify(execution),
    }),
  );
/** Accepts a request without starting its execution. The test starts one itself. */
const accepted = async () => {
  await deployed.ask({ startFails: true });
  expect(await deployed.record()).toMatchObject({ epoch: 1, generation: 1, status: 'CREATE PENDING' });
};

describe.each(VERSIONS)("an execution's input of version %i", (version) => {
  const { execution, tasks } = recorded(version);

  test('leads from the request to ACTIVE in the deployed state machine', async () => {
    await accepted();
    await start(execution, 'et-of-that-version-1');
    await deployed.settled();
    expect(await deployed.executions()).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect((await deployed.record()).status).toBe('ACTIVE');
  });

  test('is understood by each task in the form that the state machine of that version passes it', async () => {
    await accepted();
    for (const task of TASKS) {
      const { action, generation } = await deployed.run[task](tasks[task]);
      // The task accepts the input as the owner's. For any other execution the action would be Done.
      expect(action, task).not.toBe('Done');
      expect(generation, task).toBe(1);
    }
    expect(await deployed.record()).toMatchObject({ attempt: 1, checkedGeneration: 1 });
  });
});

describe('an input of an unknown version', () => {
  const newer = { ...recorded(INPUT_VERSION).execution, version: INPUT_VERSION + 1 };

  test('is refused by each task, and the error names the field and its rule', async () => {
    await accepted();
    const before = await deployed.record();
    for (const task of TASKS) {
      const call = deployed.run[task]({ ...recorded(INPUT_VERSION).tasks[task], version: INPUT_VERSION + 1 });
      await expect(call, task).rejects.toThrow(/"version"[\s\S]*must be 1: this code knows no other version/);
    }
    expect(await deployed.record()).toEqual(before);
  });

  test('fails its execution without a retry, and the sweeper starts one with a known version', async () => {
    await accepted();
    const { trackerId, due } = await deployed.record();
    await start(newer, 'et-of-a-newer-version-1');
    await deployed.settled();
    expect(await deployed.executions()).toMatchObject([{ status: 'FAILED', error: 'LifecycleFailed' }]);
    expect(deployed.invoked).toEqual(['Observe']);
    expect((await deployed.record()).status).toBe('CREATE PENDING');

    deployed.pass(due.at - deployed.now() + 1);
    expect(await deployed.sweep()).toMatchObject({ takenOver: 1, failed: 0 });
    await deployed.settled();
    const [, taken] = await deployed.executions();
    expect(taken).toMatchObject({ name: `${trackerId}-2`, status: 'SUCCEEDED' });
    expect((await deployed.record()).status).toBe('ACTIVE');
  });
});
