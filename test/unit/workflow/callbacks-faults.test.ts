import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskCallbackGateway } from '../../../functions/gateways/task-callbacks.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { type CallbackDependencies, PublishEvents } from '../../../functions/workflow/PublishEvents.lambda.ts';
import { runTask } from '../../../functions/workflow/task.ts';
import type { SendTaskFault } from '../../world/task-tokens.ts';
import { TRACKER, World } from '../../world/world.ts';

const failing = (world: World) =>
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
const answersOf = (world: World) =>
  Object.fromEntries(
    world.taskTokens.answered.map(({ taskToken }) => [taskToken, world.taskTokens.outcomeOf(taskToken)]),
  );
/** Whether no token, event or callback is pending. */
const hasNothingPending = ({ record }: World) => isIdle(record) && record.callbacks.length === 0;

describe('failures of a callback', () => {
  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken', 'ValidationException'])(
    'a token that is refused with %s is dropped, and does not delay others',
    async (code) => {
      const world = new World();
      world.taskTokens.refused.set('expired', code);
      await world.ask({ taskToken: 'expired' });
      await world.ask({ taskToken: 'good' });
      await world.run();
      expect(answersOf(world)).toEqual({ good: 'ACTIVE' });
      expect(world.taskTokens.calls).toBe(2);
      expect(hasNothingPending(world)).toBe(true);
    },
  );

  test.each<SendTaskFault>(['throttle', 'server-error', 'access-denied', 'lost-answer'])(
    'a call that fails with %s is retried, and does not delay the event',
    async (fault) => {
      const world = new World();
      world.taskTokens.faults.push(fault, fault, fault);
      await world.ask({ taskToken: 'secret-1' });
      await world.run();
      expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
      expect(hasNothingPending(world)).toBe(true);
      expect(world.published).toHaveLength(1);
    },
  );

  test('a token that Step Functions refuses temporarily stays in the outbox until it is accepted', async () => {
    const world = new World();
    world.taskTokens.refused.set('secret-1', 'KmsThrottlingException');
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(world.record.outbox).toMatchObject([{ kind: 'callback', taskToken: 'secret-1' }]);
    expect(world.published).toHaveLength(1);
    world.taskTokens.refused.clear();
    await world.sweepUntilIdle();
    expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
  });

  test('a bus that is down does not delay a callback', async () => {
    const world = new World();
    world.busFailures = 1_000;
    await world.ask({ taskToken: 'secret-1' });
    await expect(world.run()).rejects.toThrow('did not end');
    expect(answersOf(world)).toEqual({ 'secret-1': 'ACTIVE' });
    expect(world.record.outbox.map(({ kind }) => kind)).toEqual(['event']);
  });
});

describe('the task PublishEvents', () => {
  /** An ACTIVE tracker with its event and two callbacks in the outbox. */
  async function outbox() {
    const world = new World();
    world.busFailures = 1_000;
    for (const taskToken of ['secret-1', 'secret-2']) {
      world.taskTokens.refused.set(taskToken, 'KmsThrottlingException');
      await world.ask({ taskToken });
    }
    await expect(world.run()).rejects.toThrow('did not end');
    const logged: unknown[] = [];
    const log = (...line: unknown[]) => void logged.push(line);
    const dependencies = {
      store: world.store,
      settings: world.settings,
      now: () => world.time,
      random: () => 0.5,
      log: { info: log, warn: log, error: log },
      bus: { put: async (events: readonly { id: string }[]) => ({ taken: events.map(({ id }) => id), refused: [] }) },
    };
    const publish = (callbacks?: TaskCallbackGateway) =>
      runTask<CallbackDependencies>(
        PublishEvents,
        { ...dependencies, ...(callbacks && { callbacks }) },
        { version: 1, trackerId: TRACKER, epoch: world.record.epoch },
      );
    return { world, publish, logged };
  }

  test('after the feature is turned off, the task keeps the callbacks, publishes the events, and logs a warning without a token', async () => {
    const { world, publish, logged } = await outbox();
    expect(await publish()).toMatchObject({ action: 'WaitBeforeNextPoll' });
    expect(world.record.outbox.map(({ kind }) => kind)).toEqual(['callback', 'callback']);
    expect(JSON.stringify(logged)).toContain('CallbacksNotEnabled');
    expect(JSON.stringify(logged)).not.toContain('secret-');
  });

  test('the task rethrows an unexpected error after it has marked what was delivered', async () => {
    const { world, publish } = await outbox();
    const answer: TaskCallbackGateway['answer'] = async (_, { taskToken }) => {
      if (taskToken === 'secret-1') throw new Error('unexpected');
      return 'delivered';
    };
    await expect(publish({ answer })).rejects.toThrow('unexpected');
    expect(world.record.outbox).toMatchObject([{ kind: 'callback', taskToken: 'secret-1' }]);
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

/** Makes the process die at a later save (`at` counts from 0), before or after the write. */
function dieAt(world: World, at: number, written: boolean): void {
  stopDying(world);
  const save = world.store.save.bind(world.store);
  let saves = 0;
  world.store.save = async (before, after) => {
    if (saves++ < at) return save(before, after);
    stopDying(world);
    if (written) await save(before, after);
    throw new Died();
  };
}

/** Cancels the pending death. */
function stopDying(world: World): void {
  Reflect.deleteProperty(world.store, 'save');
}

/** Runs a step. Returns false if the step is rejected or its process dies. */
async function survives(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (error instanceof Died || error instanceof RequestRejected) return false;
    throw error;
  }
}

/** Hundreds of trackers take seconds. The limit is generous because the machine may be loaded. */
const LOADED_MS = 180_000;

test('every accepted token gets the true outcome, whatever fails and wherever the process dies', {
  timeout: LOADED_MS,
}, async () => {
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
            stopDying(world);
            world.time += world.settings.leaseMs * 8;
            await world.sweepUntilIdle();
        }
      }
      if (world.store.records.size === 0) return;
      stopDying(world);
      await world.sweepUntilIdle();

      expect(hasNothingPending(world)).toBe(true);
      const outcomes = new Set(world.taskTokens.answered.map(({ taskToken }) => world.taskTokens.outcomeOf(taskToken)));
      const published = new Set(world.received.map(({ data }) => data.failure?.code ?? data.status));
      for (const taskToken of accepted) expect(world.taskTokens.outcomeOf(taskToken)).toBeDefined();
      for (const outcome of outcomes) if (outcome !== 'SUPERSEDED') expect([...published]).toContain(outcome);
      expect(JSON.stringify(world.published)).not.toContain('token-');
      expect(JSON.stringify(world.record)).not.toContain('token-');
    }),
    { numRuns: 200 },
  );
});
