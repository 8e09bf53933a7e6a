import { describe, expect, test } from 'vitest';
import { MAX_CALLBACKS } from '../../../functions/tracker/desired-state.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, TRACKER, World } from '../../world/world.ts';

const failing = (world: World) =>
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
const foreignTracker = (world: World) => {
  const made = world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  if (made.kind !== 'output') throw new Error('not created');
  world.time += 60_000;
};
const answersOf = (world: World) =>
  Object.fromEntries(
    world.taskTokens.answered.map(({ taskToken }) => [taskToken, world.taskTokens.outcomeOf(taskToken)]),
  );
/** Whether no token, event or callback is pending. */
const hasNothingPending = ({ record }: World) => isIdle(record) && record.callbacks.length === 0;

describe('each outcome is sent to the token', () => {
  test('ACTIVE: SendTaskSuccess with only the id, the status and the ARN', async () => {
    const world = new World();
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    const { eventTrackerArn } = world.record;
    expect(world.taskTokens.answered).toEqual([
      { taskToken: 'secret-1', output: { trackerId: TRACKER, status: 'ACTIVE', eventTrackerArn } },
    ]);
    expect(hasNothingPending(world)).toBe(true);
    expect(world.received.map(({ data }) => data.status)).toEqual(['ACTIVE']);
  });

  test("CREATE FAILED: SendTaskFailure with the failure's code and a fixed text", async () => {
    const world = new World();
    failing(world);
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    expect(world.taskTokens.answered).toEqual([
      {
        taskToken: 'secret-1',
        error: 'CREATE_FAILED',
        cause: `The event tracker ${TRACKER} is CREATE FAILED. ${world.record.failure?.remedy} The resource has the reason.`,
      },
    ]);
    expect(hasNothingPending(world)).toBe(true);
  });

  test('a conflict: SendTaskFailure with its code', async () => {
    const world = new World();
    foreignTracker(world);
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    expect(answersOf(world)).toEqual({ 'secret-1': 'CONFLICT' });
  });

  test('the deadline of a stuck creation: sent immediately, while its cleanup is still pending', async () => {
    const world = new World();
    world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'stuck' });
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(answersOf(world)).toEqual({ 'secret-1': 'DEADLINE_EXCEEDED' });
  });

  test('a deletion before ACTIVE: SUPERSEDED, sent before anything is deleted', async () => {
    const world = new World();
    await world.ask({ taskToken: 'secret-1' });
    await world.run(6);
    await world.delete();
    expect(world.record).toMatchObject({ status: 'DELETE PENDING', callbacks: [] });
    await world.sweepUntilIdle();
    expect(world.taskTokens.answered).toEqual([
      {
        taskToken: 'secret-1',
        error: 'SUPERSEDED',
        cause: `The request for event tracker ${TRACKER} was superseded by a deletion request. If it is still needed, request it again with a new task token.`,
      },
    ]);
    expect(world.record.status).toBe('DELETED');
  });

  test("a new tracker after a deletion: the new request's token gets its outcome, the old one gets SUPERSEDED", async () => {
    const world = new World();
    await world.ask({ taskToken: 'of the first' });
    await world.run(6);
    await world.delete();
    await world.ask({ taskToken: 'of the second' });
    await world.sweepUntilIdle();
    expect(answersOf(world)).toEqual({ 'of the first': 'SUPERSEDED', 'of the second': 'ACTIVE' });
    expect(hasNothingPending(world)).toBe(true);
  });
});

describe('several requesters', () => {
  test('each token gets the outcome, whenever it arrived', async () => {
    const world = new World();
    await world.ask({ taskToken: 'first' });
    await world.ask({ taskToken: 'second' });
    await world.run(6);
    await world.ask({ taskToken: 'while it is being created' });
    await world.ask();
    await world.sweepUntilIdle();
    await world.ask({ taskToken: 'after the outcome' });
    await world.run();
    expect(answersOf(world)).toEqual({
      first: 'ACTIVE',
      second: 'ACTIVE',
      'while it is being created': 'ACTIVE',
      'after the outcome': 'ACTIVE',
    });
    expect(hasNothingPending(world)).toBe(true);
    expect(world.received.map(({ data }) => data.status)).toEqual(['ACTIVE']);
  });

  test("a token sent with the failed request's key gets its failure; the token of a new request gets the new outcome", async () => {
    const world = new World();
    failing(world);
    await world.ask();
    await world.run();
    const key = { correlationId: 'late', key: { key: 'a key that the record does not have', body: 'b' } };
    await world.ask({ taskToken: 'late' }, key, { generation: 1, contextRevision: 0 });
    await world.run();
    expect(answersOf(world)).toEqual({ late: 'CREATE_FAILED' });
    expect(world.calls('CreateEventTracker')).toHaveLength(1);
    await world.ask({ taskToken: 'new' });
    await world.run();
    expect(answersOf(world)).toEqual({ late: 'CREATE_FAILED', new: 'ACTIVE' });
    expect(world.calls('CreateEventTracker')).toHaveLength(2);
  });

  test('a token sent with an adoption gets the outcome of the adoption', async () => {
    const world = new World();
    foreignTracker(world);
    await world.ask();
    await world.run();
    await world.ask({ adoptExisting: true, taskToken: 'adopting' });
    await world.sweepUntilIdle();
    expect(answersOf(world)).toEqual({ adopting: 'ACTIVE' });
  });

  test('the token of a repeated request is stored once and gets one result', async () => {
    const world = new World();
    await world.ask({ taskToken: 'first' });
    const asking = { correlationId: 'r', key: { key: 'the same request', body: 'b' } };
    await world.ask({ taskToken: 'second' }, asking);
    const { rev } = await world.ask({ taskToken: 'second' });
    expect((await world.ask({ taskToken: 'another token' }, asking)).rev).toBe(rev);
    expect(world.record.callbacks).toEqual([{ taskToken: 'first' }, { taskToken: 'second' }]);
    await world.run();
    await world.ask({ taskToken: 'second' }, asking);
    await world.run();
    expect(world.taskTokens.answered.map(({ taskToken }) => taskToken)).toEqual(['first', 'second']);
    expect(world.taskTokens.calls).toBe(2);
  });

  test("a repeat with an old Idempotency-Key creates no tracker, and its token gets the record's current outcome", async () => {
    const world = new World();
    const repeat = (taskToken: string) =>
      world.ask(
        { taskToken },
        { correlationId: taskToken, key: { key: taskToken, body: 'b' } },
        { generation: 1, contextRevision: 0 },
      );
    await world.ask();
    await world.run();
    await world.delete();
    expect(await repeat('while it is being deleted')).toMatchObject({ status: 'DELETE PENDING', generation: 2 });
    await world.sweepUntilIdle();
    expect(await repeat('after it was deleted')).toMatchObject({ status: 'DELETED', generation: 2 });
    await world.run();
    await world.ask();
    expect(await repeat('while another exists')).toMatchObject({ generation: 3 });
    await world.run();
    expect(answersOf(world)).toEqual({
      'while it is being deleted': 'SUPERSEDED',
      'after it was deleted': 'DELETED',
      'while another exists': 'ACTIVE',
    });
    expect(hasNothingPending(world)).toBe(true);
    expect(world.calls('CreateEventTracker')).toHaveLength(2);
  });

  test('a ninth token is refused with its rule, but the same request without a token is accepted', async () => {
    const world = new World();
    for (let n = 1; n <= MAX_CALLBACKS; n++) await world.ask({ taskToken: `token-${n}` });
    await expect(world.ask({ taskToken: 'token-9' })).rejects.toMatchObject({
      refused: { reason: 'TOO_MANY_CALLBACKS' },
    });
    expect(await world.ask({ taskToken: 'token-8' })).toMatchObject({ status: 'CREATE PENDING' });
    expect(await world.ask()).toMatchObject({ status: 'CREATE PENDING' });
    await world.run();
    expect(world.taskTokens.answered).toHaveLength(MAX_CALLBACKS);
    await world.ask({ taskToken: 'token-9' });
    await world.run();
    expect(world.taskTokens.outcomeOf('token-9')).toBe('ACTIVE');
  });
});
