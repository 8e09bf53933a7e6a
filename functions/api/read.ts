import type { Log } from '../log.ts';
import type { ReadContext } from './context.ts';
import { describeEventTracker } from './describe-event-tracker.ts';
import { getEventTrackerHistory } from './get-event-tracker-history.ts';
import { getHealth } from './get-health.ts';
import { getOpenApi } from './get-open-api.ts';
import { getProblem } from './get-problem.ts';
import { listEventTrackers } from './list-event-trackers.ts';
import { noRoute } from './no-route.ts';
import { apiHandler } from './pipeline.ts';
import { describeOperation, listOperations } from './read-operations.ts';
import { summarizeEventTrackers } from './summarize-event-trackers.ts';

/** The operations that read, and the answer to requests without a route. */
export function createReadHandler(context: ReadContext, log: Log) {
  const operations = {
    DescribeEventTracker: describeEventTracker(context),
    ListEventTrackers: listEventTrackers(context, (correlationId, item) =>
      log.error('an item was left out of a list', item, { correlationId }),
    ),
    SummarizeEventTrackers: summarizeEventTrackers(context),
    ListOperations: listOperations(context),
    DescribeOperation: describeOperation(context),
    GetEventTrackerHistory: getEventTrackerHistory(context),
    GetHealth: getHealth(context, (correlationId, error) =>
      log.error('health check: the table cannot be read', error, { correlationId }),
    ),
    GetOpenApi: getOpenApi(context),
    GetProblem: getProblem,
  };
  return apiHandler('read', operations, log, noRoute(context));
}
