import { RequestRejected } from '../tracker/request-error.ts';
import { createAllowance } from './allowance.ts';
import { type Caller, callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import { requestEventTracker, trackerRequestOf } from './create-event-tracker.ts';
import { refuseIdempotencyKey } from './idempotency.ts';
import type { Operation } from './pipeline.ts';
import { INTERNAL_ERROR, problemBody, problemOf } from './problem.ts';
import { type ApiEvent, parseBody, validated } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { isInProgress, resourceOf } from './resource.ts';
import { batchRequest, createEventTrackerRequest } from './schemas.ts';
import type { RequestDependencies } from './update-desired-state.ts';

/** Items that are worked on at once; those of one dataset group follow one another in the order of the batch. */
const AT_ONCE = 10;

interface Result {
  readonly status: number;
  readonly eventTracker?: object;
  readonly problem?: object;
}

/** POST /event-trackers/batch: 200 with a result for each request, in order, each with its own outcome. */
export function batchCreateEventTrackers(context: WriteContext): Operation {
  const schema = createEventTrackerRequest(context.scope);
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    refuseIdempotencyKey(event, 'is not taken for a batch: send each item that needs a key as a request of its own');
    const { requests } = parseBody(event, batchRequest);
    const results: Result[] = new Array(requests.length);
    // One for the whole batch: the index does not know yet what its first items began.
    const tools = { ...context, allowance: createAllowance(context.store, context.features) };
    const one = async (index: number) => {
      results[index] = await resultOf(tools, schema, event, caller, requests[index], index);
    };
    const queues = [...queuesByGroup(requests)];
    const work = async () => {
      for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) {
        for (const index of queue) await one(index);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ results }),
    };
  };
}

/** The places of the requests, those of one dataset group together. */
function queuesByGroup(requests: readonly unknown[]): Iterable<number[]> {
  const queues = new Map<unknown, number[]>();
  for (const [index, request] of requests.entries()) {
    const group =
      typeof request === 'object' && request !== null ? (request as Record<string, unknown>).datasetGroupArn : index;
    const queue = queues.get(group);
    if (queue) queue.push(index);
    else queues.set(group, [index]);
  }
  return queues.values();
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
      trackerRequestOf(context, caller, asked, requestMetadata(event, asked, String(index))),
    );
    return { status: isInProgress(record) ? 202 : 200, eventTracker: resourceOf(record, context.settings) };
  } catch (error) {
    // The others' outcomes must be told, whatever is the matter with this one.
    if (!(error instanceof RequestRejected)) context.logItemFailure(event.requestContext.requestId, index, error);
    const problem = error instanceof RequestRejected ? problemOf(error.refused) : INTERNAL_ERROR;
    return { status: problem.status, problem: problemBody(problem, event.requestContext.requestId) };
  }
}
