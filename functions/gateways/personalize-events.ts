import { type Event, type PersonalizeEventsClient, PutEventsCommand } from '@aws-sdk/client-personalize-events';
import { AccessDeniedError, type AwsRefusal, refusalOf, ThrottledError, UnknownOutcomeError } from './aws-errors.ts';

/** An interaction as Personalize takes it; `sentAt` is a Date here. */
export type Interaction = Event;

export type PutOutcome =
  | { readonly kind: 'taken' }
  /** Nothing happened. */
  | { readonly kind: 'throttled' }
  /** It may have been taken. */
  | { readonly kind: 'unknown' }
  /** The role may not make the call. */
  | { readonly kind: 'denied' }
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
        return outcomeOf(error);
      }
    },
  };
}

function outcomeOf(error: unknown): PutOutcome {
  try {
    return { kind: 'refused', ...refusalOf('PutEvents', error) };
  } catch (fault) {
    if (fault instanceof ThrottledError) return { kind: 'throttled' };
    if (fault instanceof UnknownOutcomeError) return { kind: 'unknown' };
    if (fault instanceof AccessDeniedError) return { kind: 'denied' };
    throw fault;
  }
}
