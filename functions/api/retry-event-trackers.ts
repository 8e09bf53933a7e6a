import { randomUUID } from 'node:crypto';
import { assertPlatform, SCOPES } from '../requests/caller.ts';
import type { StatusIndex } from '../store/status-index.ts';
import { hashOf, operationIdOf } from '../tracker/identity.ts';
import { newOperation, type RetryFilter } from '../tracker/operation.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { WriteContext } from './context.ts';
import { entranceOf } from './entrance.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { jsonResponse } from './json-response.ts';
import {
  operationResourceOf,
  progressHeaders,
  type RetryEventTrackersRequest,
  retryEventTrackersRequest,
} from './operations.ts';
import type { Operation } from './pipeline.ts';
import { parseBody, parseQuery } from './request.ts';

/**
 * POST /event-trackers/retry, for platforms: records an operation, which the scheduler carries out. The operation's id comes from the
 * Idempotency-Key, so that a repetition meets the same operation.
 */
export function retryEventTrackers(context: WriteContext): Operation {
  const schema = retryEventTrackersRequest(context.scope);
  return async (event) => {
    assertPlatform(callerOf(event, context.tenancy), SCOPES.write);
    parseQuery(event, emptyObject);
    const key = idempotencyKeyOf(event);
    const { dryRun, ...asked } = parseBody(event, schema);
    const filter = filterOf(asked);
    if (dryRun) return jsonResponse({ matched: await matching(context.statusIndex, filter) });
    const wanted = newOperation(
      {
        operationId: operationIdOf(key ?? randomUUID()),
        filter,
        requestHash: hashOf(JSON.stringify(asked)),
        correlationId: event.requestContext.requestId,
      },
      context.now(),
    );
    const isNew = await context.operations.create(wanted);
    const operation = isNew ? wanted : await context.operations.read(wanted.operationId);
    if (operation === undefined) throw new Error('An operation exists but cannot be read.');
    // Our own write may have been repeated by the SDK, because its answer was lost.
    const isReplay = operation.correlationId !== wanted.correlationId;
    if (operation.requestHash !== wanted.requestHash) throw new RequestRejected({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    return jsonResponse(operationResourceOf(operation), {
      statusCode: 202,
      headers: {
        location: `${entranceOf(event)}/operations/${operation.operationId}`,
        ...progressHeaders(operation),
        ...(isReplay && { 'idempotency-replayed': 'true' }),
      },
    });
  };
}

const filterOf = ({
  failureCodes,
  tenantIds,
  since,
  limit,
}: Omit<RetryEventTrackersRequest, 'dryRun'>): RetryFilter => ({
  failureCodes: [...new Set(failureCodes)],
  ...(tenantIds && { tenants: [...new Set(tenantIds)] }),
  ...(since !== undefined && { since: Date.parse(since) }),
  limit,
});

async function matching(
  statusIndex: StatusIndex,
  { failureCodes, tenants, since, limit }: RetryFilter,
): Promise<number> {
  let matched = 0;
  let after = since === undefined ? undefined : new Date(since).toISOString();
  do {
    const query = {
      statuses: ['CREATE FAILED'] as const,
      failureCodes,
      tenants,
      order: 'oldest first' as const,
      after,
    };
    const page = await statusIndex.list(query, 1000);
    matched += page.entries.length;
    after = page.after;
  } while (after !== undefined && matched < limit);
  return Math.min(matched, limit);
}
