import { expect, test } from 'vitest';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, World } from '../../world/world.ts';

const contexts = (world: World) => world.received.map(({ data }) => [data.status, data.clientContext]);
const asked = async (clientContext?: string) => {
  const world = new World();
  await world.ask({ clientContext });
  return world;
};

test('a repeat during the creation with another context replaces the context', async () => {
  const world = await asked('old');
  await world.run(4);
  world.time += 1000;
  expect(await world.ask({ clientContext: 'new' })).toMatchObject({
    ...{ clientContext: 'new', generation: 1, epoch: 1 },
    lastUpdatedDateTime: world.time,
  });
  await world.sweepUntilIdle();
  expect(contexts(world)).toEqual([['ACTIVE', 'new']]);
});

test('a repeat after ACTIVE puts the new context into later events, starts no execution, and does not delay the drift check', async () => {
  const world = await asked('old');
  await world.run();
  const { epoch, due, status } = world.record;
  world.time += 1000;
  expect(await world.ask({ clientContext: 'new' })).toMatchObject({ clientContext: 'new', epoch, due, status });
  expect(isIdle(world.record)).toBe(true);
  expect(world.record.lastUpdatedDateTime).toBe(world.time);
  await world.delete();
  await world.run();
  expect(contexts(world)).toEqual([
    ['ACTIVE', 'old'],
    ['DELETED', 'new'],
  ]);
});

test('a repeat without a context, or with the same one, writes nothing', async () => {
  const world = await asked('old');
  const { rev } = world.record;
  expect(await world.ask()).toMatchObject({ clientContext: 'old', rev });
  expect(await world.ask({ clientContext: 'old' })).toMatchObject({ rev });
  expect(await world.ask({ clientContext: '' })).toMatchObject({ clientContext: '' });
});

test('a repeat during the cleanup of a failed tracker puts the new context into the event that reports the failure', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
  await world.ask({ clientContext: 'old' });
  world.personalize.core.addFault({ operation: 'DeleteEventTracker', times: 1, fault: 'throttle' });
  await world.run(9);
  expect(world.record.cleanup?.report).toMatchObject({ status: 'CREATE FAILED' });
  await world.ask({ clientContext: 'new' });
  await world.sweepUntilIdle();
  expect(contexts(world)).toEqual([['CREATE FAILED', 'new']]);
});

test('a repeat with a new context and a task token is one write', async () => {
  const world = await asked('old');
  await world.run();
  const { rev } = world.record;
  await world.ask({ clientContext: 'new', taskToken: 'token' });
  expect(world.record).toMatchObject({ clientContext: 'new', rev: rev + 1 });
  await world.run();
  expect(world.taskTokens.answered.map(({ taskToken }) => taskToken)).toEqual(['token']);
});

test('a pending deletion keeps the context that it was requested with', async () => {
  const world = await asked('old');
  await world.run();
  await world.delete();
  await world.ask({ clientContext: 'new' });
  await world.run();
  expect(contexts(world)).toEqual([
    ['ACTIVE', 'old'],
    ['DELETED', 'old'],
    ['ACTIVE', 'new'],
  ]);
  expect(await world.trackers(GROUP)).toHaveLength(1);
});
