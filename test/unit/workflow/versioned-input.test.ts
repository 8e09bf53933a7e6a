import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INPUT_VERSION } from '../../../functions/gateways/workflow.ts';
import { TASKS, type TaskName } from '../../../infra/state-machine.ts';
import { type LocalMachine, startLocalMachine } from '../../world/local-machine.ts';

/**
 * The inputs of an execution of each version, as recorded by Step Functions. An execution can run for half an hour, so executions of the
 * previous version are still running during a deployment. Never change a file here; add one for each new version.
 */
interface Recorded {
  readonly execution: Readonly<Record<string, unknown>>;
  /** Of the tasks that the state machine had when the version was recorded. */
  readonly tasks: Readonly<Partial<Record<TaskName, Readonly<Record<string, unknown>>>>>;
}
const recorded = (version: number): Recorded =>
  JSON.parse(readFileSync(join(import.meta.dirname, `inputs/version-${version}.json`), 'utf8'));
const VERSIONS = Array.from({ length: INPUT_VERSION }, (_, n) => n + 1);

let local: LocalMachine;
beforeEach(async () => {
  local = await startLocalMachine();
});
afterEach(() => local.close());

const start = (execution: object, name: string) =>
  local.stepFunctions.client.send(
    new StartExecutionCommand({
      stateMachineArn: local.stepFunctions.stateMachineArn,
      name,
      input: JSON.stringify(execution),
    }),
  );
/** Accepts a request without starting its execution. The test starts one itself. */
const accepted = async () => {
  await local.ask({ startFails: true });
  expect(await local.record()).toMatchObject({ epoch: 1, generation: 1, status: 'CREATE PENDING' });
};

describe.each(VERSIONS)("an execution's input of version %i", (version) => {
  const { execution, tasks } = recorded(version);

  test('leads from the request to ACTIVE in the deployed state machine', async () => {
    await accepted();
    await start(execution, 'et-of-that-version-1');
    await local.settled();
    expect(await local.executions()).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect((await local.record()).status).toBe('ACTIVE');
  });

  test('is understood by each task in the form that the state machine of that version passes it', async () => {
    await accepted();
    const known = TASKS.filter((task) => tasks[task] !== undefined);
    expect(known.length).toBeGreaterThan(4);
    for (const task of known) {
      const { action, generation } = await local.run[task](tasks[task]);
      // The task accepts the input as the owner's. For any other execution the action would be Done.
      expect(action, task).not.toBe('Done');
      expect(generation, task).toBe(1);
    }
    expect(await local.record()).toMatchObject({ attempt: 1, checkedGeneration: 1 });
  });
});

describe('an input of an unknown version', () => {
  const newer = { ...recorded(INPUT_VERSION).execution, version: INPUT_VERSION + 1 };

  test('is refused by each task, and the error names the field and its rule', async () => {
    await accepted();
    const before = await local.record();
    for (const task of TASKS) {
      const call = local.run[task]({ ...recorded(INPUT_VERSION).tasks.CreateEventTracker, version: INPUT_VERSION + 1 });
      await expect(call, task).rejects.toThrow(/"version"[\s\S]*must be 1: this code knows no other version/);
    }
    expect(await local.record()).toEqual(before);
  });

  test('fails its execution without a retry, and the sweeper starts one with a known version', async () => {
    await accepted();
    const { trackerId, due } = await local.record();
    await start(newer, 'et-of-a-newer-version-1');
    await local.settled();
    expect(await local.executions()).toMatchObject([{ status: 'FAILED', error: 'LifecycleFailed' }]);
    expect(local.invoked).toEqual(['Observe']);
    expect((await local.record()).status).toBe('CREATE PENDING');

    local.pass(due.at - local.now() + 1);
    expect(await local.sweep()).toMatchObject({ takenOver: 1, failed: 0 });
    await local.settled();
    const [, taken] = await local.executions();
    expect(taken).toMatchObject({ name: `${trackerId}-2`, status: 'SUCCEEDED' });
    expect((await local.record()).status).toBe('ACTIVE');
  });
});
