import { expect, test } from 'vitest';
import { startScheduler } from '../../../infra/local/scheduler.ts';

const never = () => new Promise(() => {});
const nothing = async () => {};

test('a start waits for few take-overs, and for many only a moment, and so does the end', async () => {
  let takenOver = 0;
  const few = startScheduler({ sweep: async () => (takenOver += 1), drift: nothing, operations: nothing });
  await few.takeUpEverything();
  expect(takenOver).toBe(1);
  await few.stop();

  const many = startScheduler({ sweep: never, drift: nothing, operations: nothing });
  await many.takeUpEverything();
  await many.stop();
}, 20_000);

test('a first sweep that fails ends the start', async () => {
  const failing = startScheduler({
    sweep: () => Promise.reject(new Error('no table')),
    drift: nothing,
    operations: nothing,
  });
  await expect(failing.takeUpEverything()).rejects.toThrow('no table');
  await failing.stop();
});
