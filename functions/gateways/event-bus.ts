import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../events/contract.ts';

export interface DueEvent {
  readonly id: string;
  readonly at: number;
  readonly detailType: string;
  readonly detail: object;
}

export interface EventBusGateway {
  /**
   * Puts events on the bus, ten a call, in order.
   * @returns the ids that the bus took, and what it said of the others: PutEvents answers 200 with failed entries
   */
  put(events: readonly DueEvent[]): Promise<{ taken: string[]; refused: { id: string; error: string }[] }>;
}

export function createEventBusGateway(client: EventBridgeClient, busName: string): EventBusGateway {
  return {
    async put(events) {
      const taken: string[] = [];
      const refused: { id: string; error: string }[] = [];
      for (let start = 0; start < events.length; start += 10) {
        const page = events.slice(start, start + 10);
        const { Entries = [] } = await client.send(
          new PutEventsCommand({
            Entries: page.map(({ at, detailType, detail }) => ({
              EventBusName: busName,
              Source: EVENT_SOURCE,
              DetailType: detailType,
              Detail: JSON.stringify(detail),
              Time: new Date(at),
            })),
          }),
        );
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
