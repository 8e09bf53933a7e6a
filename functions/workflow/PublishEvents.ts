import { isSdkError } from '../gateways/faults.ts';
import { nextWaitMs, waitSeconds } from '../tracker/pacing.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { eventBusGateway, lambdaTask } from './environment.ts';
import { recordFact, result, superseded, type Task, type WithBus } from './task.ts';

/**
 * Tells what is due and marks what was taken. Put first, marked after: a crash in between tells it twice, never not at all. A
 * bus that is down holds nothing up: the entries stay, and the next look comes after a wait.
 */
export const PublishEvents: Task<WithBus> = async (tools, record, { epoch }) => {
  const { trackerId } = record;
  const { taken, error } = await put(tools, record);
  if (taken.length > 0) await recordFact(tools, trackerId, 'markPublished', { now: tools.now(), ids: taken });
  tools.log.info('events published', { trackerId, epoch, eventIds: taken });
  if (error === undefined) return superseded(record);
  tools.log.warn('the bus did not take every event', { trackerId, epoch, error });
  const oldest = Math.min(...record.outbox.map(({ at }) => at));
  return result('WaitBeforeNextLook', record, waitSeconds(nextWaitMs(tools.now() - oldest), tools.random()));
};

async function put({ bus }: WithBus, record: EventTrackerRecord): Promise<{ taken: string[]; error?: string }> {
  try {
    const { taken, refused } = await bus.put(record.outbox.filter((entry) => entry.kind === 'event'));
    return { taken, error: refused[0]?.error };
  } catch (error) {
    if (!isSdkError(error)) throw error;
    return { taken: [], error: error.name };
  }
}

export const handler = lambdaTask(PublishEvents, () => ({ bus: eventBusGateway() }));
