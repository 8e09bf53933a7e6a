import { FIRST_POLL_MS, nextWaitMs, waitSeconds } from '../../functions/tracker/pacing.ts';
import type { OperationName } from '../../infra/local/personalize/operations.ts';
import type { System } from './fleet.ts';
import { groupArn } from './personalize.ts';
import { TIMING, varied } from './timing.ts';

/** The back-off after a throttle, in milliseconds: 2 s, doubled up to a minute, with full jitter. */
const backOffMs = (tries: number, random: () => number): number => random() * Math.min(60, 2 * 2 ** tries) * 1000;

/**
 * A state machine for each tracker, as teams write it: it backs off after a throttle on its own, and polls as this service does. It keeps
 * nothing in a table, and recovers from nothing.
 * @param callsOfTask how many of the set-up calls a task makes. A throttled task is repeated as a whole
 */
const independent = (name: string, callsOfTask: number): System => ({
  name,
  start({ trackers }, { clock, random, personalize, noticed }) {
    let transitions = 0;
    let waits = 0;
    const task = async (operations: readonly OperationName[], input: Readonly<Record<string, unknown>>) => {
      for (let tries = 0; ; tries += 1) {
        transitions += 1;
        await clock.sleep(varied(TIMING.transitionMs + TIMING.invokeMs, random));
        try {
          let answer: object = {};
          for (const operation of operations) answer = await personalize.call(operation, input);
          return answer;
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'ThrottlingException') throw error;
        }
        await clock.sleep(backOffMs(tries, random));
      }
    };
    const onboard = async (group: string, afterMs: number) => {
      await clock.sleep(afterMs + varied(TIMING.startMs, random));
      const input = { datasetGroupArn: groupArn(group) };
      let answer: object = {};
      for (let done = 0; done < SET_UP.length; done += callsOfTask) {
        answer = await task(SET_UP.slice(done, done + callsOfTask), { ...input, name: group });
      }
      const { eventTrackerArn } = answer as { eventTrackerArn: string };
      const created = clock.time;
      for (let status = ''; status !== 'ACTIVE'; ) {
        const waitMs = status === '' ? FIRST_POLL_MS : nextWaitMs(clock.time - created);
        transitions += 2;
        waits += 1;
        await clock.sleep(waitSeconds(waitMs, random()) * 1000);
        const { eventTracker } = (await task(['DescribeEventTracker'], { eventTrackerArn })) as {
          eventTracker: { status: string };
        };
        status = eventTracker.status;
      }
      noticed(group);
    };
    for (const { group, afterMs } of trackers) void onboard(group, afterMs);
    return {
      costs: () => ({ writes: 0, transitions, waits, recordBytes: { mean: 0, largest: 0 } }),
      isIdle: () => true,
    };
  },
});

const SET_UP: readonly OperationName[] = [
  'DescribeDatasetGroup',
  'ListDatasets',
  'ListEventTrackers',
  'CreateEventTracker',
];

export const TASK_PER_CALL = independent('a task per call, independent back-off', 1);
export const ONE_TASK = independent('one task for all set-up calls', SET_UP.length);
