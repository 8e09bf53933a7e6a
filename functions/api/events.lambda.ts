import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { REQUEST_HANDLER } from '../composition.ts';
import { createPersonalizeEventsGateway, type PersonalizeEventsGateway } from '../gateways/personalize-events.ts';
import { createLog, type Log } from '../log.ts';
import { apiContext } from './composition.ts';
import type { ApiContext } from './context.ts';
import { apiHandler } from './pipeline.ts';
import { putEvents } from './put-events.ts';

export function createEventsHandler(context: ApiContext & { personalizeEvents: PersonalizeEventsGateway }, log: Log) {
  return apiHandler('events', { PutEvents: putEvents(context) }, log);
}

let served: ReturnType<typeof createEventsHandler> | undefined;

/** The Lambda that passes events on. Its clients are made at the first request, once an environment. */
export const handler: ReturnType<typeof createEventsHandler> = (event, context) => {
  served ??= createEventsHandler(
    {
      ...apiContext(),
      personalizeEvents: createPersonalizeEventsGateway(
        // A call that was sent twice counts its events twice where they carry no eventId.
        new PersonalizeEventsClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
      ),
    },
    createLog('event-trackers-api'),
  );
  return served(event, context);
};
