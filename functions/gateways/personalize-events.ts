import { type Event, type PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { type AwsRefusal, refusalOf, ThrottledError, UnknownOutcomeError } from './aws-errors.ts';

/** An interaction as Personalize takes it; `sentAt` is a Date here. */
export type Interaction = Event;

export type PutOutcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy' }
  | ({ readonly kind: 'refused' } & AwsRefusal);

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
        return refusedOrBusy(error);
      }
    },
  };
}

function refusedOrBusy(error: unknown): PutOutcome {
  try {
    return { kind: 'refused', ...refusalOf('PutEvents', error) };
  } catch (fault) {
    if (fault instanceof ThrottledError || fault instanceof UnknownOutcomeError) return { kind: 'busy' };
    throw fault;
  }
}
