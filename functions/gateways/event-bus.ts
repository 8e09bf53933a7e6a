import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../events/names.ts';
import { errorNameOf } from './aws-errors.ts';

export interface DueEvent {
  readonly id: string;
  readonly at: number;
  readonly detailType: string;
  readonly detail: object;
}

export interface EventBusGateway {
  /**
   * Puts events on the bus in order, ten per call, up to the first call that fails.
   * @returns the ids that the bus accepted, and the error's name for each of the others: PutEvents returns 200 with failed entries, or
   *   fails as a whole (ThrottledError, UnknownOutcomeError, AccessDeniedError, or EventBridge's own error name)
   * @throws errors that are not the SDK's
   */
  put(events: readonly DueEvent[]): Promise<{ taken: string[]; refused: { id: string; error: string }[] }>;
}

/** Errors of PutEvents as a whole; those of single entries are in its response. */
const REFUSALS: ReadonlySet<string> = new Set(['ValidationException', 'ResourceNotFoundException']);

export function createEventBusGateway(client: EventBridgeClient, busName: string): EventBusGateway {
  return {
    async put(events) {
      const taken: string[] = [];
      const refused: { id: string; error: string }[] = [];
      for (let start = 0; start < events.length; start += 10) {
        const page = events.slice(start, start + 10);
        const command = new PutEventsCommand({
          Entries: page.map(({ at, detailType, detail }) => ({
            EventBusName: busName,
            Source: EVENT_SOURCE,
            DetailType: detailType,
            Detail: JSON.stringify(detail),
            Time: new Date(at),
          })),
        });
        const answer = await client.send(command).catch((error: unknown) => ({
          error: errorNameOf('PutEvents', error, REFUSALS),
        }));
        if ('error' in answer) {
          refused.push(...events.slice(start).map(({ id }) => ({ id, error: answer.error })));
          break;
        }
        const { Entries = [] } = answer;
        for (const [index, { id }] of page.entries()) {
          const entry = Entries[index];
          if (entry?.EventId) taken.push(id);
          else refused.push({ id, error: entry?.ErrorCode ?? 'no answer for this entry' });
        }
      }
      return { taken, refused };
    },
  };
}
