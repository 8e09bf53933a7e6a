import { idempotencyStore, workflowGateway } from '../composition.ts';
import { createLog } from '../log.ts';
import { apiContext } from './composition.ts';
import type { CreateContext } from './context.ts';
import { createWriteHandler } from './write.ts';

const log = createLog('event-trackers-api');
const requests = {
  ...apiContext(),
  workflow: workflowGateway(),
  idempotency: idempotencyStore(),
  logStartFailure: ({ trackerId, correlationId, traceparent }, error) => {
    const facts = { trackerId, correlationId, traceparent };
    log.error('request accepted, but its execution did not start; the sweeper will start it', error, facts);
  },
} satisfies Omit<CreateContext, 'dryRun'>;
const context: CreateContext = {
  ...requests,
  dryRun: async (request) => (await import('./dry-run.ts')).dryRun(requests, request),
};

async function loadOthers() {
  const { otherWrites } = await import('./other-writes.ts');
  const { operationStore, statusIndex } = await import('../bulk-composition.ts');
  return otherWrites({
    ...context,
    operations: operationStore(),
    statusIndex: statusIndex(),
    logItemFailure: (correlationId, index, error) =>
      log.error('a request of a batch failed', error, { correlationId, index }),
  });
}

/** The Lambda function that writes. What a POST needs is made at the initialization, which has a whole CPU. */
export const handler = createWriteHandler(context, loadOthers, log);
