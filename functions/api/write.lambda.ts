import { idempotencyStore, operationStore, statusIndex, workflowGateway } from '../composition.ts';
import { createLog, type Log } from '../log.ts';
import { batchCreateEventTrackers } from './batch-create-event-trackers.ts';
import { cancelOperation } from './cancel-operation.ts';
import { apiContext } from './composition.ts';
import type { WriteContext } from './context.ts';
import { createEventTracker } from './create-event-tracker.ts';
import { deleteEventTracker } from './delete-event-tracker.ts';
import { apiHandler } from './pipeline.ts';
import { retryEventTracker } from './retry-event-tracker.ts';
import { retryEventTrackers } from './retry-event-trackers.ts';
import { updateEventTracker } from './update-event-tracker.ts';

export function createWriteHandler(context: WriteContext, log: Log) {
  const operations = {
    CreateEventTracker: createEventTracker(context),
    BatchCreateEventTrackers: batchCreateEventTrackers(context),
    UpdateEventTracker: updateEventTracker(context),
    DeleteEventTracker: deleteEventTracker(context),
    RetryEventTracker: retryEventTracker(context),
    RetryEventTrackers: retryEventTrackers(context),
    CancelOperation: cancelOperation(context),
  };
  return apiHandler('write', operations, log);
}

let served: ReturnType<typeof createWriteHandler> | undefined;

/** The Lambda function that writes. Each environment creates its clients at the first request. */
export const handler: ReturnType<typeof createWriteHandler> = (event, context) => {
  served ??= fromEnvironment();
  return served(event, context);
};

function fromEnvironment() {
  const log = createLog('event-trackers-api');
  const context: Omit<WriteContext, 'dryRun'> = {
    ...apiContext(),
    workflow: workflowGateway(),
    idempotency: idempotencyStore(),
    operations: operationStore(),
    statusIndex: statusIndex(),
    logItemFailure: (correlationId, index, error) =>
      log.error('a request of a batch failed', error, { correlationId, index }),
    logStartFailure: ({ trackerId, correlationId, traceparent }, error) => {
      const facts = { trackerId, correlationId, traceparent };
      log.error('request accepted, but its execution did not start; the sweeper will start it', error, facts);
    },
  };
  const dryRun: WriteContext['dryRun'] = async (request) => (await import('./dry-run.ts')).dryRun(context, request);
  return createWriteHandler({ ...context, dryRun }, log);
}
