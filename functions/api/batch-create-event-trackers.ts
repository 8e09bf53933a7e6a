import { createAllowance } from '../requests/allowance.ts';
import { forEachRequest } from '../requests/batch.ts';
import type { Caller } from '../requests/caller.ts';
import type { RequestDependencies } from '../requests/dependencies.ts';
import { requestEventTracker } from '../requests/request-event-tracker.ts';
import { trackerRequestOf } from '../requests/tracker-request.ts';
import { isInProgress } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import { batchRequest, emptyObject } from './change-schemas.ts';
import type { WriteContext } from './context.ts';
import { entranceOf } from './entrance.ts';
import { refuseIdempotencyKey } from './idempotency-key.ts';
import { jsonResponse } from './json-response.ts';
import type { Operation } from './pipeline.ts';
import { INTERNAL_ERROR, problemBody, problemOf } from './problem.ts';
import { type ApiEvent, parseBody, parseQuery, validated } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { resourceOf } from './resource.ts';
import { createEventTrackerRequest } from './schemas.ts';

interface Result {
  readonly status: number;
  readonly eventTracker?: object;
  readonly problem?: object;
}

/** POST /event-trackers/batch: 200 with one result per request, in the same order. */
export function batchCreateEventTrackers(context: WriteContext): Operation {
  const schema = createEventTrackerRequest(context.scope);
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    parseQuery(event, emptyObject);
    refuseIdempotencyKey(event, 'must be left out of a batch: send each request that needs a key on its own');
    const { requests } = parseBody(event, batchRequest);
    // One for the whole batch: the index does not show yet what its first requests have started.
    const tools = { ...context, allowance: createAllowance(context.store, context.features) };
    const results = await forEachRequest(requests, (request, index) =>
      resultOf(tools, schema, event, caller, request, index),
    );
    return jsonResponse({ results });
  };
}

async function resultOf(
  context: WriteContext & RequestDependencies,
  schema: ReturnType<typeof createEventTrackerRequest>,
  event: ApiEvent,
  caller: Caller,
  request: unknown,
  index: number,
): Promise<Result> {
  try {
    const asked = validated(schema, request);
    const record = await requestEventTracker(
      context,
      trackerRequestOf(context.features, caller, asked, requestMetadata(event, asked, String(index))),
    );
    return { status: isInProgress(record) ? 202 : 200, eventTracker: resourceOf(record, context.settings) };
  } catch (error) {
    // An unexpected error of one request must not hide the results of the others.
    if (!(error instanceof RequestRejected)) context.logItemFailure(event.requestContext.requestId, index, error);
    const problem = error instanceof RequestRejected ? problemOf(error.refused, entranceOf(event)) : INTERNAL_ERROR;
    return { status: problem.status, problem: problemBody(problem, event.requestContext.requestId) };
  }
}
