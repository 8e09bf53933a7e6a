import type { TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import type { Log } from '../log.ts';
import { tokensWithHeartbeat } from '../tracker/callbacks.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';

interface Sender {
  /** There where the deployment may answer task tokens. */
  readonly heartbeats?: TaskHeartbeatGateway;
  readonly log: Log;
}

/**
 * Tells the tasks that wait for this record, and asked for it, that the work goes on. It never fails: a heartbeat that was not taken is
 * logged by the error's name, and the next task sends another.
 * @returns the tokens with which nobody waits any more
 */
export async function sendHeartbeats({ heartbeats, log }: Sender, record: EventTrackerRecord): Promise<string[]> {
  if (heartbeats === undefined) return [];
  const { trackerId, epoch } = record;
  const sent = await Promise.all(
    tokensWithHeartbeat(record).map(async (taskToken) => ({ taskToken, answer: await send(heartbeats, taskToken) })),
  );
  const errors = new Set(sent.flatMap(({ answer }) => (typeof answer === 'string' ? [] : [answer.error])));
  if (errors.size > 0) log.warn('a heartbeat was not taken', { trackerId, epoch, errors: [...errors] });
  return sent.flatMap(({ taskToken, answer }) => (answer === 'gone' ? [taskToken] : []));
}

async function send(heartbeats: TaskHeartbeatGateway, taskToken: string) {
  try {
    return await heartbeats.send(taskToken);
  } catch (error) {
    // Nobody knows it: by its name only, for its message may quote the token. A tracker does not fail by it.
    return { error: error instanceof Error ? error.name : typeof error };
  }
}
