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

/** The Lambda function for interactions. Each execution environment creates its clients at the first request. */
export const handler: ReturnType<typeof createEventsHandler> = (event, context) => {
  served ??= createEventsHandler(
    {
      ...apiContext(),
      personalizeEvents: createPersonalizeEventsGateway(
        // No retries: a repeated call would duplicate interactions without an eventId.
        new PersonalizeEventsClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
      ),
    },
    createLog('event-trackers-api'),
  );
  return served(event, context);
};
