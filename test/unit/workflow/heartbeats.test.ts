import { describe, expect, test, vi } from 'vitest';
import { MIN_HEARTBEAT_SECONDS } from '../../../functions/tracker/callbacks.ts';
import { MAX_WAIT_MS } from '../../../functions/tracker/pacing.ts';
import { longestSilence } from '../../../infra/longest-silence.ts';
import { taskStates } from '../../../infra/state-machine.ts';
import { World } from '../../world/world.ts';

const TOKEN = { taskToken: 'secret-1', heartbeatSeconds: MIN_HEARTBEAT_SECONDS };

/** The longest time between two heartbeats before the outcome, in seconds. */
async function longestGap(world: World, act: () => Promise<unknown>): Promise<number> {
  const times = [world.time];
  const { heartbeats } = world.taskTokens;
  const push = heartbeats.push.bind(heartbeats);
  heartbeats.push = (...tokens) => {
    times.push(world.time);
    return push(...tokens);
  };
  await act();
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time))) / 1000;
}

test('the shortest allowed interval exceeds the longest wait plus the longest silence of the retries after it', () => {
  const longest = MAX_WAIT_MS / 1000 + Math.max(...taskStates().map(longestSilence));
  expect(MIN_HEARTBEAT_SECONDS).toBeGreaterThan(longest);
});

describe('heartbeats arrive at least as often as requested', () => {
  test.each([
    ['a creation that takes half an hour', [{ operation: 'CreateEventTracker', times: 1, fault: 'stuck' }], 30],
    ['throttles of the list', [{ operation: 'ListEventTrackers', times: 90, fault: 'throttle' }], 50],
    ['throttles of the preflight', [{ operation: 'DescribeDatasetGroup', times: 90, fault: 'throttle' }], 50],
    ['throttles of the creation', [{ operation: 'CreateEventTracker', times: 90, fault: 'throttle' }], 50],
    ['unreadable responses', [{ operation: 'ListEventTrackers', times: 90, fault: 'access-denied' }], 0],
  ] as const)('%s', async (_, faults, atLeast) => {
    const world = new World();
    for (const fault of faults) world.personalize.core.addFault(fault);
    await world.ask(TOKEN);
    const gap = await longestGap(world, () => world.run().catch(() => {}));
    expect(world.taskTokens.answered).toHaveLength(1);
    expect(world.taskTokens.heartbeats.length).toBeGreaterThan(atLeast);
    expect(gap).toBeLessThanOrEqual(MAX_WAIT_MS / 1000);
  });

  test('while an earlier tracker is removed first', async () => {
    const world = new World();
    await world.ask();
    await world.run();
    await world.delete();
    world.personalize.core.addFault({
      operation: 'DeleteEventTracker',
      times: 20,
      fault: 'error',
      error: 'ResourceInUseException',
    });
    await world.ask(TOKEN);
    const gap = await longestGap(world, () => world.run());
    expect(world.taskTokens.outcomeOf('secret-1')).toBe('ACTIVE');
    expect(world.taskTokens.heartbeats.length).toBeGreaterThan(20);
    expect(gap).toBeLessThanOrEqual(MAX_WAIT_MS / 1000);
  });

  test('while Step Functions throttles the result', async () => {
    const world = new World();
    world.taskTokens.faults.push(...Array.from({ length: 30 }, () => 'throttle' as const));
    await world.ask(TOKEN);
    const gap = await longestGap(world, () => world.run());
    expect(world.taskTokens.outcomeOf('secret-1')).toBe('ACTIVE');
    expect(gap).toBeLessThanOrEqual(MAX_WAIT_MS / 1000);
  });
});

describe('heartbeats are sent for', () => {
  test('each token that requested heartbeats, and no other', async () => {
    const world = new World();
    await world.ask(TOKEN);
    await world.ask({ taskToken: 'secret-2' });
    await world.ask({ ...TOKEN, taskToken: 'secret-3' });
    await world.run();
    expect(new Set(world.taskTokens.heartbeats)).toEqual(new Set(['secret-1', 'secret-3']));
    expect(world.taskTokens.answered).toHaveLength(3);
  });

  test('no token after its result was sent', async () => {
    const world = new World();
    await world.ask(TOKEN);
    await world.run();
    const sent = world.taskTokens.heartbeats.length;
    await world.delete();
    await world.run();
    expect(world.taskTokens.heartbeats).toHaveLength(sent);
  });
});

describe('a failed heartbeat', () => {
  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    'with %s drops its token, but not the other, and the tracker becomes ACTIVE',
    async (code) => {
      const world = new World();
      world.taskTokens.refused.set('secret-1', code);
      await world.ask(TOKEN);
      await world.ask({ ...TOKEN, taskToken: 'secret-2' });
      await world.run(1);
      expect(world.record.callbacks.map(({ taskToken }) => taskToken)).toEqual(['secret-2']);
      await world.sweepUntilIdle();
      expect(world.record.status).toBe('ACTIVE');
      expect(world.taskTokens.heartbeats.filter((token) => token === 'secret-1')).toHaveLength(1);
      expect(world.taskTokens.answered.map(({ taskToken }) => taskToken)).toEqual(['secret-2']);
    },
  );

  test.each(['throttle', 'server-error', 'access-denied'] as const)(
    'with %s changes nothing, and the next task sends another one',
    async (fault) => {
      const run = async (faults: (typeof fault)[]) => {
        const world = new World();
        world.taskTokens.heartbeatFaults.push(...faults);
        await world.ask(TOKEN);
        await world.run();
        return { world, ended: world.time, writes: world.store.writes };
      };
      const healthy = await run([]);
      const failing = await run([fault, fault]);
      const facts = ({ world, ended, writes }: typeof healthy) => {
        const { status, rev, epoch, callbacks, history } = world.record;
        return { status, rev, epoch, callbacks, ended, writes, causes: history.map(({ at, cause }) => [at, cause]) };
      };
      expect(facts(failing)).toEqual(facts(healthy));
      expect(failing.world.taskTokens.heartbeats).toHaveLength(healthy.world.taskTokens.heartbeats.length - 2);
    },
  );

  test("with an unexpected error logs only the error's name, and the tracker becomes ACTIVE", async () => {
    const world = new World();
    vi.spyOn(world.taskTokens.heartbeatGateway, 'send').mockRejectedValue(new TypeError('secret-1 is not a token'));
    await world.ask(TOKEN);
    await world.run();
    expect(world.taskTokens.outcomeOf('secret-1')).toBe('ACTIVE');
    expect(world.warned).toContainEqual(expect.objectContaining({ errors: ['TypeError'] }));
    expect(JSON.stringify(world.warned)).not.toContain('secret-1');
  });
});
