import { operationStore, statusIndex } from '../bulk-composition.ts';
import { createLog } from '../log.ts';
// Almost every request reads a record.
import '../store/record-of-item.ts';
import { apiContext } from './composition.ts';
import { createReadHandler } from './read.ts';

/** The Lambda function that reads, and answers requests without a route. All is made at the initialization, which has a whole CPU. */
export const handler = createReadHandler(
  { ...apiContext(), statusIndex: statusIndex(), operations: operationStore() },
  createLog('event-trackers-api'),
);
