import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { MAX_EVENTS } from '../../../infra/local/step-functions/history.ts';
import { type LocalMachine, startLocalMachine } from '../../world/local-machine.ts';
import { deployedStates, longestHistory, longestRound } from './history-length.ts';

describe('the history of an execution', () => {
  test('stays below the limit of Step Functions even if every task of every round uses up all retries', () => {
    expect(longestRound(deployedStates())).toBe(464);
    expect(longestHistory(deployedStates(), AWS_SETTINGS.maxRounds)).toBeLessThan(MAX_EVENTS);
  });

  test('is bounded by the number of rounds, because every loop passes through Observe, which counts them', () => {
    const states = deployedStates();
    const { AfterPublishEvents } = states;
    const again = { StringEquals: 'PublishEvents', Next: 'PublishEvents' };
    const Choices = [...(AfterPublishEvents?.Choices ?? []), again];
    const changed = { ...states, AfterPublishEvents: { Type: 'Choice', ...AfterPublishEvents, Choices } };
    expect(() => longestRound(changed)).toThrow('PublishEvents → AfterPublishEvents → PublishEvents');
  });
});

describe('a deletion that hangs, run by the deployed JSON', () => {
  let local: LocalMachine;
  beforeEach(async () => {
    local = await startLocalMachine();
    await local.ask();
    await local.settled();
    local.personalize.core.addFault({
      operation: 'DeleteEventTracker',
      times: 1_000_000,
      fault: 'error',
      error: 'ResourceInUseException',
    });
    await local.delete();
    await local.settled();
  });
  afterEach(async () => {
    await local.settled();
    await local.close();
  });
  const newest = async () => (await local.executions()).at(-1);
  const isMade = (name: string | undefined, epoch: number) => expect(name).toMatch(new RegExp(`-${epoch}$`));

  test('ends its execution with SUCCEEDED after the last round, and its record is due immediately', async () => {
    const execution = await newest();
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    isMade(execution?.name, 2);
    const entered = execution?.events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    expect(entered?.filter((name) => name === 'Observe')).toHaveLength(AWS_SETTINGS.maxRounds + 1);
    expect(entered?.at(-1)).toBe('HandOver');
    expect(await local.record()).toMatchObject({
      status: 'DELETE PENDING',
      epoch: 2,
      handedOver: 2,
      due: { lane: 'urgent', at: local.now() },
    });
  });

  test('is resumed by the next sweep, which counts no take-over and fences out the old execution', async () => {
    for (const epoch of [3, 4]) {
      expect(await local.sweep()).toEqual({ found: 1, takenOver: 0, handedOver: 1, failed: 0, governors: 0 });
      expect(await local.record()).toMatchObject({ epoch, takeOvers: 0 });
      expect((await local.record()).due.at).toBeGreaterThan(local.now());
      // The old execution, started late or again.
      const { trackerId } = await local.record();
      expect(await local.run.Observe({ version: 1, trackerId, epoch: epoch - 1 })).toMatchObject({ action: 'Done' });
      await local.settled();
      expect(await newest()).toMatchObject({ status: 'SUCCEEDED' });
    }
  });

  test('ends in DELETED once Personalize deletes it', async () => {
    await local.sweep();
    await local.settled();
    local.personalize.core.clearFaults();
    await local.sweep();
    await local.settled();
    expect(await local.record()).toMatchObject({ status: 'DELETED', outbox: [], due: { lane: 'routine' } });
  });

  test('is resumed even if its execution dies between the write of its hand-over and its end', async () => {
    await local.sweep();
    const { trackerId, epoch } = await local.record();
    await local.settled();
    // If its result is lost, a repeated Observe hands over again, until the sweeper takes over.
    const last = { version: 1, trackerId, epoch, next: { round: AWS_SETTINGS.maxRounds } };
    expect(await local.run.Observe(last)).toMatchObject({ action: 'HandOver' });
    expect(await local.sweep()).toMatchObject({ takenOver: 0, handedOver: 1 });
    expect(await local.run.Observe(last)).toMatchObject({ action: 'Done' });
    expect((await local.record()).epoch).toBe(epoch + 1);
  });

  test('belongs to the next execution if a request arrives in between', async () => {
    await local.ask();
    expect(await local.record()).toMatchObject({ desired: 'PRESENT', epoch: 2, handedOver: 2 });
    expect(await local.sweep()).toMatchObject({ takenOver: 0, handedOver: 1 });
  });
});
