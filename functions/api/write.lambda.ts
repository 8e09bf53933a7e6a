import { idempotencyStore, personalizeGateway, workflowGateway } from '../composition.ts';
import { createLog, type Log } from '../log.ts';
import { batchCreateEventTrackers } from './batch-create-event-trackers.ts';
import { apiContext } from './composition.ts';
import type { WriteContext } from './context.ts';
import { createEventTracker } from './create-event-tracker.ts';
import { deleteEventTracker } from './delete-event-tracker.ts';
import { apiHandler } from './pipeline.ts';
import { retryEventTracker } from './retry-event-tracker.ts';

export function createWriteHandler(context: WriteContext, log: Log) {
  const operations = {
    CreateEventTracker: createEventTracker(context),
    BatchCreateEventTrackers: batchCreateEventTrackers(context),
    DeleteEventTracker: deleteEventTracker(context),
    RetryEventTracker: retryEventTracker(context),
  };
  return apiHandler('write', operations, log);
}

let served: ReturnType<typeof createWriteHandler> | undefined;

/** The Lambda that writes. Its clients are made at the first request, once an environment. */
export const handler: ReturnType<typeof createWriteHandler> = (event, context) => {
  served ??= fromEnvironment();
  return served(event, context);
};

function fromEnvironment() {
  const log = createLog('event-trackers-api');
  const context: WriteContext = {
    ...apiContext(),
    workflow: workflowGateway(),
    idempotency: idempotencyStore(),
    personalize: personalizeGateway(),
    logItemFailure: (correlationId, index, error) => log.error('item of a batch', error, { correlationId, index }),
    logStartFailure: ({ trackerId, correlationId, traceparent }, error) => {
      const facts = { trackerId, correlationId, traceparent };
      log.error('accepted, but its execution could not be started: the sweep will', error, facts);
    },
  };
  return createWriteHandler(context, log);
}
