import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { REQUEST_HANDLER } from '../composition.ts';
import { deployedAccounts } from '../environment.ts';
import { gatewaysByAccess } from '../gateways/composition.ts';
import { createPersonalizeEventsGateway } from '../gateways/personalize-events.ts';
import { createLog } from '../log.ts';
// Every request reads a record.
import '../store/record-of-item.ts';
import { apiContext } from './composition.ts';
import { createEventsHandler } from './events.ts';
import type { InteractionsContext } from './put-events.ts';

const accounts = deployedAccounts();
const gatewayTo = gatewaysByAccess(
  // No retries: a repeated call would duplicate interactions without an eventId.
  (options) => new PersonalizeEventsClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER, ...options }),
  createPersonalizeEventsGateway,
);
const personalizeEventsOf: InteractionsContext['personalizeEventsOf'] = (record) =>
  gatewayTo(accounts.accessFor(record));

/** The Lambda function for interactions. All is made at the initialization, which has a whole CPU. */
export const handler = createEventsHandler({ ...apiContext(), personalizeEventsOf }, createLog('event-trackers-api'));
