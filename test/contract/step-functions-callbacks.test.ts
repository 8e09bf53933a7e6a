import {
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import {
  client,
  close,
  describeOf,
  ended,
  held,
  open,
  scripts,
  start,
  startForAllTests,
  tokenOf,
  wire,
} from './simulated-step-functions.ts';

startForAllTests();

describe('SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat', () => {
  it('complete a task that waits for its token', async () => {
    await start('success', {}, 'ask');
    const taskToken = await tokenOf('success');
    await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    const bad = client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }));
    await expect(bad).rejects.toMatchObject({ name: 'InvalidOutput' });
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    expect(await ended('success', 'ask')).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
    const late = client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('fail a task that waits for its token', async () => {
    await start('failure', {}, 'ask');
    const taskToken = await tokenOf('failure');
    await client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'not now' }));
    expect(await ended('failure', 'ask')).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'not now' });
  });

  it('accept a token once, also while the function that got it still runs', async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    held.set('held', promise);
    await start('held', {}, 'ask');
    const taskToken = await tokenOf('held');
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    const late = client.send(new SendTaskSuccessCommand({ taskToken, output: '2' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
    release();
    expect(await ended('held', 'ask')).toMatchObject({ status: 'SUCCEEDED', output: '1' });
  });

  it('refuse an invalid token, or a part of one', async () => {
    await start('part', {}, 'ask');
    const whole = (await tokenOf('part')) ?? '';
    for (const taskToken of ['x', whole.slice(0, -4)]) {
      const refused = client.send(new SendTaskHeartbeatCommand({ taskToken }));
      await expect(refused).rejects.toMatchObject({ name: 'InvalidToken' });
    }
  });
});

describe('the fault script', () => {
  const script = async (fault: object) => {
    const response = await fetch(`${scripts.url}/_faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'states', ...fault }),
    });
    return { status: response.status, body: await response.json() };
  };

  it('a server error or a throttle starts no execution, as many times as the script says', async () => {
    await script({ operation: 'StartExecution', times: 2, fault: 'server-error' });
    await script({ operation: 'StartExecution', fault: 'throttle' });
    for (const error of [
      { $fault: 'server', $metadata: { httpStatusCode: 500 } },
      { $fault: 'server', $metadata: { httpStatusCode: 500 } },
      { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
    ]) {
      await expect(start('faulty')).rejects.toMatchObject(error);
    }
    await expect(describeOf('faulty')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await start('faulty');
    expect(await ended('faulty')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a lost answer starts the execution, but the caller sees a cut connection', async () => {
    await script({ operation: 'StartExecution', times: 1, fault: 'lost-answer' });
    await expect(start('lost')).rejects.not.toHaveProperty('$fault');
    expect(await ended('lost')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('an invalid script is a 400 that names the field; DELETE clears the script', async () => {
    expect(await script({ operation: 'Start', fault: 'throttle' })).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^operation: /) },
    });
    expect(await script({ operation: 'StartExecution', times: 0, fault: 'late' })).toMatchObject({ status: 400 });
    await script({ operation: 'ListStateMachines', fault: 'throttle' });
    await fetch(`${scripts.url}/_faults`, { method: 'DELETE' });
    await expect(client.send(new ListStateMachinesCommand({}))).resolves.toBeDefined();
  });
});

it('keeps results across a restart; executions that were running are ABORTED', async () => {
  await start('before', { seconds: 0 });
  const before = await ended('before');
  await start('interrupted', {}, 'ask');
  const taskToken = await tokenOf('interrupted');
  await close();
  await open();
  const { $metadata: _, ...known } = before;
  expect(await describeOf('before')).toMatchObject(known);
  await expect(start('before', { seconds: 0 })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  const cause = 'The local runtime was stopped.';
  expect(await describeOf('interrupted', 'ask')).toMatchObject({ status: 'ABORTED', cause });
  const late = client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
  await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

it('an unknown operation is an UnknownOperationException', async () => {
  const headers = { 'x-amz-target': 'AWSStepFunctions.CreateActivity', 'content-type': 'application/x-amz-json-1.0' };
  const response = await fetch(wire.url, { method: 'POST', headers, body: '{}' });
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/x-amz-json-1.0']);
  expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
});
