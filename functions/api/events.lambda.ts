import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { REQUEST_HANDLER } from '../composition.ts';
import { deployedAccounts } from '../environment.ts';
import { gatewaysByAccess } from '../gateways/composition.ts';
import { createPersonalizeEventsGateway } from '../gateways/personalize-events.ts';
import { createLog, type Log } from '../log.ts';
import { apiContext } from './composition.ts';
import { apiHandler } from './pipeline.ts';
import { type InteractionsContext, putEvents } from './put-events.ts';

export function createEventsHandler(context: InteractionsContext, log: Log) {
  return apiHandler('events', { PutEvents: putEvents(context) }, log);
}

let served: ReturnType<typeof createEventsHandler> | undefined;

/** The Lambda function for interactions. Each execution environment creates its clients at the first request. */
export const handler: ReturnType<typeof createEventsHandler> = (event, context) => {
  served ??= fromEnvironment();
  return served(event, context);
};

function fromEnvironment() {
  const accounts = deployedAccounts();
  const gatewayTo = gatewaysByAccess(
    // No retries: a repeated call would duplicate interactions without an eventId.
    (options) => new PersonalizeEventsClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER, ...options }),
    createPersonalizeEventsGateway,
  );
  const personalizeEventsOf: InteractionsContext['personalizeEventsOf'] = (record) =>
    gatewayTo(accounts.accessFor(record));
  return createEventsHandler({ ...apiContext(), personalizeEventsOf }, createLog('event-trackers-api'));
}
