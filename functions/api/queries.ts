import * as z from 'zod';
import { STATUSES } from '../../events/names.ts';
import type { StatusCount } from '../store/status-index.ts';
import { FAILURE_CODES } from '../tracker/failures.ts';
import { type DeploymentScope, datasetGroupArn, tenantId } from './schemas.ts';

/** The maximum and the default of `maxResults`. */
export const MAX_PAGE_SIZE = 100;

/** Several values of one parameter, with commas between them. API Gateway joins a repeated parameter in the same way. */
function severalOf<Value extends string>(values: readonly Value[]) {
  const isValue = (text: string): text is Value => (values as readonly string[]).includes(text);
  return z
    .string()
    .transform((text, context) => {
      const given = [...new Set(text.split(','))];
      if (given.every(isValue)) return given;
      context.addIssue({ code: 'custom', message: `must be one or more of ${values.join(', ')}` });
      return z.NEVER;
    })
    .meta({ items: { type: 'string', enum: [...values] } });
}

/** How every list is paged. */
export const pagingParameters = {
  maxResults: z
    .string()
    .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`)
    .transform(Number)
    .refine((count) => count >= 1 && count <= MAX_PAGE_SIZE, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`)
    .default(MAX_PAGE_SIZE),
  nextToken: z
    .string()
    .max(1500, 'must be at most 1500 characters long')
    .optional()
    .describe('The nextToken of the previous page, with the same filters'),
};

/** The query of GET /event-trackers. */
export function listEventTrackersQuery(home: DeploymentScope) {
  return z.strictObject({
    status: severalOf(STATUSES).optional().describe('Only event trackers in one of these statuses'),
    failureCode: severalOf(FAILURE_CODES).optional().describe('Only event trackers with one of these failures'),
    datasetGroupArn: z.optional(datasetGroupArn(home)),
    nameContains: z
      .string()
      .regex(/^[a-zA-Z0-9_-]{1,63}$/, 'must be 1 to 63 letters, digits, - and _')
      .optional()
      .describe('Only event trackers whose name contains this text, in upper or lower case'),
    sortBy: z
      .enum(['trackerId', 'lastUpdatedDateTime'], { error: 'must be trackerId or lastUpdatedDateTime' })
      .optional()
      .describe(
        'The order: `trackerId`, which does not change while pages are read, or `lastUpdatedDateTime`, latest change first. The default is `trackerId` for a tenant, and `lastUpdatedDateTime` for all tenants, which have no other order',
      ),
    ...pagingParameters,
    tenantId: z
      .optional(tenantId(home))
      .describe('For platforms only: the tenant to act for. Without it, the list has all tenants'),
  });
}
export type ListEventTrackersQuery = z.output<ReturnType<typeof listEventTrackersQuery>>;

/** The query of GET /event-trackers/summary. */
export const summarizeEventTrackersQuery = (home: DeploymentScope) =>
  z.strictObject({ tenantId: z.optional(tenantId(home)).describe('Only event trackers of this tenant') });

/** The counts of event trackers, as the API returns them. */
export const eventTrackerSummary = z.object({
  total: z.int().describe('All event trackers, including DELETED and RELEASED ones that can still be read'),
  byStatus: z.object(
    Object.fromEntries(STATUSES.map((status) => [status, z.int()])) as Record<(typeof STATUSES)[number], z.ZodInt>,
  ),
  byFailureCode: z
    .record(z.string(), z.int())
    .describe('The number of event trackers with each failure; a failure that none has is absent'),
});
export type EventTrackerSummary = z.infer<typeof eventTrackerSummary>;

export function summaryOf(counts: readonly StatusCount[]): EventTrackerSummary {
  const sum = (some: readonly StatusCount[]) => some.reduce((all, { count }) => all + count, 0);
  const codes = [...new Set(counts.flatMap(({ failureCode }) => failureCode ?? []))].sort();
  const entries = <Key extends string>(keys: readonly Key[], of: (key: Key) => number) =>
    Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<Key, number>;
  return {
    total: sum(counts),
    byStatus: entries(STATUSES, (status) => sum(counts.filter((count) => count.status === status))),
    byFailureCode: entries(codes, (code) => sum(counts.filter(({ failureCode }) => failureCode === code))),
  };
}
