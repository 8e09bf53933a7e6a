import type { TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import type { Log } from '../log.ts';
import { tokensWithHeartbeat } from '../tracker/callbacks.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';

interface Sender {
  /** Present if the deployment may answer task tokens. */
  readonly heartbeats?: TaskHeartbeatGateway;
  readonly log: Log;
}

/**
 * Sends a heartbeat for each task token of this record that asked for heartbeats. It never fails: an error is logged by its name, and the
 * next task sends another heartbeat.
 * @returns the tokens that no task waits with any more
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
    // An unknown error, logged by its name only: its message may quote the token. It must not fail the tracker.
    return { error: error instanceof Error ? error.name : typeof error };
  }
}
