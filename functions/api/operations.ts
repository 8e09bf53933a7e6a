import * as z from 'zod';
import { FAILURE_CODES } from '../tracker/failures.ts';
import { isOperationId } from '../tracker/identity.ts';
import { isEnded, OPERATION_STATUSES, type Operation, remainingOf } from '../tracker/operation.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { pagingParameters } from './queries.ts';
import type { ApiEvent } from './request.ts';
import { type DeploymentScope, tenantId } from './schemas.ts';

/** More would be a plan that takes half a day. */
const MAX_RETRIES = 10_000;

/** The body of POST /event-trackers/retry. */
export function retryEventTrackersRequest(home: DeploymentScope) {
  return z.strictObject({
    failureCodes: z
      .array(z.enum(FAILURE_CODES, { error: `must be one of ${FAILURE_CODES.join(', ')}` }))
      .min(1, 'must name at least one failure')
      .describe('Retry event trackers that are CREATE FAILED with one of these failures'),
    tenantIds: z
      .array(tenantId(home))
      .min(1, 'must name at least one tenant')
      .max(100, 'must name at most 100 tenants')
      .optional()
      .describe('Only of these tenants; of all tenants if absent'),
    since: z.iso
      .datetime({ offset: true, error: 'must be an ISO 8601 time with Z or an offset' })
      .optional()
      .describe('Only event trackers that last changed then or later'),
    limit: z
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(MAX_RETRIES, `must be at most ${MAX_RETRIES}`)
      .default(MAX_RETRIES)
      .describe('Retry at most this many'),
    dryRun: z.boolean().default(false).describe('Return how many match, and start nothing'),
  });
}
export type RetryEventTrackersRequest = z.output<ReturnType<typeof retryEventTrackersRequest>>;

/** The query of GET /operations. */
export const listOperationsQuery = z.strictObject(pagingParameters);

/** An operation as the API returns it. */
export const operationResource = z.object({
  operationId: z.string(),
  type: z.literal('RETRY'),
  status: z
    .enum(OPERATION_STATUSES)
    .describe('PENDING: what matches is not known yet. COMPLETED: every match was retried, skipped or refused'),
  filter: z.object({
    failureCodes: z.array(z.string()),
    tenantIds: z.array(z.string()).optional(),
    since: z.iso.datetime().optional(),
    limit: z.int(),
  }),
  counts: z.object({
    matched: z.int().describe('Event trackers that matched when the operation began'),
    retried: z.int().describe('Retries that were requested; their outcome is that of each event tracker'),
    skipped: z.int().describe('Their failure had changed: they were retried, requested or deleted by somebody else'),
    failed: z.int().describe('The retry was refused'),
    remaining: z.int(),
  }),
  failures: z
    .array(z.object({ trackerId: z.string(), reason: z.string() }))
    .describe('The last 20 event trackers whose retry was refused, and why'),
  creationDateTime: z.iso.datetime(),
  lastUpdatedDateTime: z.iso.datetime(),
  endDateTime: z.iso.datetime().optional(),
});
export type OperationResource = z.infer<typeof operationResource>;

export const operationPage = z.object({
  operations: z.array(operationResource),
  nextToken: z.string().optional().describe('For the next page; absent on the last page'),
});

export const retryDryRunResponse = z.object({
  matched: z.int().describe('How many event trackers the operation would retry'),
});

const timeOf = (ms: number): string => new Date(ms).toISOString();

export function operationResourceOf(operation: Operation): OperationResource {
  const { operationId, status, filter, matched, retried, skipped, failed, failures, endedAt } = operation;
  return {
    operationId,
    type: 'RETRY',
    status,
    filter: {
      failureCodes: [...filter.failureCodes],
      ...(filter.tenants && { tenantIds: [...filter.tenants] }),
      ...(filter.since !== undefined && { since: timeOf(filter.since) }),
      limit: filter.limit,
    },
    counts: { matched, retried, skipped, failed, remaining: remainingOf(operation) },
    failures: [...failures],
    creationDateTime: timeOf(operation.createdAt),
    lastUpdatedDateTime: timeOf(operation.updatedAt),
    ...(endedAt !== undefined && { endDateTime: timeOf(endedAt) }),
  };
}

/** In seconds. An operation moves by a few trackers in this time. */
const POLL_AGAIN = '5';

/** Headers while the operation goes on. */
export const progressHeaders = (operation: Operation): Record<string, string> =>
  isEnded(operation) ? {} : { 'retry-after': POLL_AGAIN };

/** @throws RequestRejected NOT_FOUND */
export function operationIdIn({ pathParameters }: ApiEvent): string {
  const { operationId = '' } = pathParameters ?? {};
  if (!isOperationId(operationId)) throw new RequestRejected({ reason: 'NOT_FOUND' });
  return operationId;
}
