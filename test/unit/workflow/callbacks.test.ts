import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isQuiet } from '../../../functions/tracker/record.ts';
import { RequestRefused } from '../../../functions/tracker/refusals.ts';
import { MOST_CALLBACKS } from '../../../functions/tracker/wishes.ts';
import type { SendTaskFault } from '../../world/task-tokens.ts';
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
/** Nothing that waits: neither a token, nor an event, nor an answer. */
const isAtRest = ({ record }: World) => isQuiet(record) && record.callbacks.length === 0;

describe('each outcome answers the token', () => {
  test('ACTIVE: SendTaskSuccess with the id, the status and the ARN, and nothing else', async () => {
    const world = new World();
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    const { eventTrackerArn } = world.record;
    expect(world.taskTokens.answered).toEqual([
      { taskToken: 'secret-1', output: { trackerId: TRACKER, status: 'ACTIVE', eventTrackerArn } },
    ]);
    expect(isAtRest(world)).toBe(true);
    expect(world.told.map(({ data }) => data.status)).toEqual(['ACTIVE']);
  });

  test("CREATE FAILED: SendTaskFailure with the failure's code and a text of our own", async () => {
    const world = new World();
    failing(world);
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    expect(world.taskTokens.answered).toEqual([
      {
        taskToken: 'secret-1',
        error: 'CREATE_FAILED',
        cause: `The event tracker ${TRACKER} is CREATE FAILED. The resource tells the reason.`,
      },
    ]);
    expect(isAtRest(world)).toBe(true);
  });

  test('a conflict: its code', async () => {
    const world = new World();
    foreignTracker(world);
    await world.ask({ taskToken: 'secret-1' });
    await world.run();
    expect(answersOf(world)).toEqual({ 'secret-1': 'CONFLICT' });
  });

  test('the deadline of a creation that is stuck: at once, while its removal is still owed', async () => {
    const world = new World();
    world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'stuck' });
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(answersOf(world)).toEqual({ 'secret-1': 'DEADLINE_EXCEEDED' });
  });

  test('deleted before it was ACTIVE: Superseded, before anything is deleted', async () => {
    const world = new World();
    await world.ask({ taskToken: 'secret-1' });
    await world.run(6);
    await world.delete();
    expect(world.record).toMatchObject({ status: 'DELETE PENDING', callbacks: [] });
    await world.sweepUntilQuiet();
    expect(world.taskTokens.answered).toEqual([
      {
        taskToken: 'secret-1',
        error: 'Superseded',
        cause: `The event tracker ${TRACKER} is not wished for any more: its deletion was asked for.`,
      },
    ]);
    expect(world.record.status).toBe('DELETED');
  });

  test('a new tracker after a deletion answers its own token, and the deleted one is answered Superseded', async () => {
    const world = new World();
    await world.ask({ taskToken: 'of the first' });
    await world.run(6);
    await world.delete();
    await world.ask({ taskToken: 'of the second' });
    await world.sweepUntilQuiet();
    expect(answersOf(world)).toEqual({ 'of the first': 'Superseded', 'of the second': 'ACTIVE' });
    expect(isAtRest(world)).toBe(true);
  });
});

describe('several requesters', () => {
  test('each token is answered, whenever it came', async () => {
    const world = new World();
    await world.ask({ taskToken: 'first' });
    await world.ask({ taskToken: 'second' });
    await world.run(6);
    await world.ask({ taskToken: 'while it is being created' });
    await world.ask();
    await world.sweepUntilQuiet();
    await world.ask({ taskToken: 'after the outcome' });
    await world.run();
    expect(answersOf(world)).toEqual({
      first: 'ACTIVE',
      second: 'ACTIVE',
      'while it is being created': 'ACTIVE',
      'after the outcome': 'ACTIVE',
    });
    expect(isAtRest(world)).toBe(true);
    expect(world.told.map(({ data }) => data.status)).toEqual(['ACTIVE']);
  });

  test('a token that comes after a failure is answered with that failure', async () => {
    const world = new World();
    failing(world);
    await world.ask();
    await world.run();
    await world.ask({ taskToken: 'late' });
    await world.run();
    expect(answersOf(world)).toEqual({ late: 'CREATE_FAILED' });
    expect(world.calls('CreateEventTracker')).toHaveLength(1);
  });

  test('a token that comes with an adoption waits for what that brings', async () => {
    const world = new World();
    foreignTracker(world);
    await world.ask();
    await world.run();
    await world.ask({ adoptExisting: true, taskToken: 'adopting' });
    await world.sweepUntilQuiet();
    expect(answersOf(world)).toEqual({ adopting: 'ACTIVE' });
  });

  test('the same token, or the same request, is stored once, and answered once', async () => {
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

  test('a repeat under an old Idempotency-Key makes no tracker again, and its token is told that the wish is over', async () => {
    const world = new World();
    const repeat = (taskToken: string) =>
      world.ask({ taskToken }, { correlationId: taskToken, key: { key: taskToken, body: 'b' } }, 1);
    await world.ask();
    await world.run();
    await world.delete();
    expect(await repeat('while it is being deleted')).toMatchObject({ status: 'DELETE PENDING', generation: 2 });
    await world.sweepUntilQuiet();
    expect(await repeat('once it is deleted')).toMatchObject({ status: 'DELETED', generation: 2 });
    await world.run();
    await world.ask();
    expect(await repeat('where there is another')).toMatchObject({ generation: 3 });
    await world.run();
    expect(answersOf(world)).toEqual({
      'while it is being deleted': 'Superseded',
      'once it is deleted': 'Deleted',
      'where there is another': 'ACTIVE',
    });
    expect(isAtRest(world)).toBe(true);
    expect(world.calls('CreateEventTracker')).toHaveLength(2);
  });

  test('the ninth is refused, by the rule; without a token the same request is taken', async () => {
    const world = new World();
    for (let n = 1; n <= MOST_CALLBACKS; n++) await world.ask({ taskToken: `token-${n}` });
    await expect(world.ask({ taskToken: 'token-9' })).rejects.toMatchObject({
      refused: { reason: 'TOO_MANY_CALLBACKS' },
    });
    expect(await world.ask({ taskToken: 'token-8' })).toMatchObject({ status: 'CREATE PENDING' });
    expect(await world.ask()).toMatchObject({ status: 'CREATE PENDING' });
    await world.run();
    expect(world.taskTokens.answered).toHaveLength(MOST_CALLBACKS);
    await world.ask({ taskToken: 'token-9' });
    await world.run();
    expect(world.taskTokens.outcomeOf('token-9')).toBe('ACTIVE');
  });
});

describe('what fails on the way', () => {
  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken', 'ValidationException'])(
    'a token that is refused as %s is done with, and holds up no other',
    async (code) => {
      const world = new World();
      world.taskTokens.refused.set('expired', code);
      await world.ask({ taskToken: 'expired' });
      await world.ask({ taskToken: 'good' });
      await world.run();
      expect(answersOf(world)).toEqual({ good: 'ACTIVE' });
      expect(world.taskTokens.calls).toBe(2);
      expect(isAtRest(world)).toBe(true);
    },
  );

  test.each<SendTaskFault>(['throttle', 'server-error', 'access-denied', 'lost-answer'])(
    'a call that meets %s is made again, and the event does not wait for it',
    async (fault) => {
      const world = new World();
      world.taskTokens.faults.push(fault, fault, fault);
      await world.ask({ taskToken: 'secret-1' });
      await world.run();
      expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
      expect(isAtRest(world)).toBe(true);
      expect(world.published).toHaveLength(1);
    },
  );

  test('a token that Step Functions will not answer for now stays until it does', async () => {
    const world = new World();
    world.taskTokens.refused.set('secret-1', 'KmsThrottlingException');
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(world.record.outbox).toMatchObject([{ kind: 'callback', taskToken: 'secret-1' }]);
    expect(world.published).toHaveLength(1);
    world.taskTokens.refused.clear();
    await world.sweepUntilQuiet();
    expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
  });

  test('a bus that is down does not keep a token waiting', async () => {
    const world = new World();
    world.busFailures = 1_000;
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
    expect(world.record.outbox.map(({ kind }) => kind)).toEqual(['event']);
  });
});

type Step =
  | { do: 'ask' | 'ask again'; who: number }
  | { do: 'delete' | 'retry' | 'sweep' }
  | { do: 'run'; steps: number }
  | { do: 'die'; at: number; written: boolean };

const STEPS = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constantFrom('ask', 'ask again'), who: fc.nat(3) }),
    fc.record({ do: fc.constantFrom('delete', 'retry', 'sweep') }),
    fc.record({ do: fc.constant('run'), steps: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constant('die'), at: fc.nat(6), written: fc.boolean() }),
  ),
  { minLength: 1, maxLength: 8 },
);
const FAULTS = fc.array(fc.constantFrom<SendTaskFault>('throttle', 'server-error', 'lost-answer'), { maxLength: 4 });

class Died extends Error {}

/** The process dies at that one of the saves to come, before it was written or after. */
function dieAt(world: World, at: number, written: boolean): void {
  live(world);
  const save = world.store.save.bind(world.store);
  let saves = 0;
  world.store.save = async (before, after) => {
    if (saves++ < at) return save(before, after);
    live(world);
    if (written) await save(before, after);
    throw new Died();
  };
}

/** No death is to come any more. */
function live(world: World): void {
  Reflect.deleteProperty(world.store, 'save');
}

/** What may happen to a step: it is refused, on purpose, or its process dies. */
async function survives(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (error instanceof Died || error instanceof RequestRefused) return false;
    throw error;
  }
}

test('whoever asks, whatever fails and wherever it dies: every accepted token is answered, with what came true', async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, FAULTS, fc.nat(3), fc.boolean(), async (steps, faults, busFailures, fails) => {
      const world = new World();
      if (fails) failing(world);
      world.taskTokens.faults.push(...faults);
      world.busFailures = busFailures;
      const accepted = new Set<string>();
      let asked = 0;
      const ask = async (taskToken: string) => {
        if (await survives(() => world.ask({ taskToken }))) accepted.add(taskToken);
      };
      for (const step of steps) {
        switch (step.do) {
          case 'ask':
            await ask(`token-${step.who}-${++asked}`);
            break;
          case 'ask again': {
            const [latest] = [...accepted].slice(-1);
            if (latest !== undefined) await ask(latest);
            break;
          }
          case 'delete':
            await survives(() => world.delete());
            break;
          case 'retry':
            await survives(() => world.retry());
            break;
          case 'run':
            await survives(() => world.run(step.steps));
            break;
          case 'die':
            dieAt(world, step.at, step.written);
            break;
          case 'sweep':
            live(world);
            world.time += world.settings.leaseMs * 8;
            await world.sweepUntilQuiet();
        }
      }
      if (world.store.records.size === 0) return;
      live(world);
      await world.sweepUntilQuiet();

      expect(isAtRest(world)).toBe(true);
      const outcomes = new Set(world.taskTokens.answered.map(({ taskToken }) => world.taskTokens.outcomeOf(taskToken)));
      const told = new Set(world.told.map(({ data }) => data.failure?.code ?? data.status));
      for (const taskToken of accepted) expect(world.taskTokens.outcomeOf(taskToken)).toBeDefined();
      for (const outcome of outcomes) if (outcome !== 'Superseded') expect([...told]).toContain(outcome);
      expect(JSON.stringify(world.published)).not.toContain('token-');
      expect(JSON.stringify(world.record)).not.toContain('token-');
    }),
    { numRuns: 200 },
  );
});
