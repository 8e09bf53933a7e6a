import { type Event, type PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { type Unaccepted, unacceptedBy } from './aws-errors.ts';

/** An interaction as PutEvents takes it; `sentAt` is a Date here. */
export type Interaction = Event;

export type PutOutcome = { readonly kind: 'taken' } | Unaccepted;

export interface PersonalizeEventsGateway {
  /** One PutEvents call: at most 10 events, of one session. */
  put(call: { trackingId: string; userId?: string; sessionId: string; events: Interaction[] }): Promise<PutOutcome>;
}

export function createPersonalizeEventsGateway(client: PersonalizeEventsClient): PersonalizeEventsGateway {
  return {
    async put({ trackingId, userId, sessionId, events }) {
      try {
        await client.send(new PutEventsCommand({ trackingId, userId, sessionId, eventList: events }));
        return { kind: 'taken' };
      } catch (error) {
        return unacceptedBy('PutEvents', error);
      }
    },
  };
}
