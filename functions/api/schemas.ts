import * as z from 'zod';
import { OWNER_TAG } from '../gateways/personalize.ts';

/** Where this deployment acts: an ARN of another account, Region or partition is refused. */
export interface Home {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** The partition that a Region is in. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

const TAG_CHARACTERS = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const OWN_TAG_PREFIX = OWNER_TAG.slice(0, OWNER_TAG.indexOf(':') + 1);
/** Personalize holds 50 tag keys a resource; one of them is this service's own. */
const MAX_TAGS = 49;
const tagText = 'may hold letters, digits, spaces and _ . : / = + - @';

const tag = z.strictObject({
  tagKey: z
    .string()
    .min(1, 'must be at least 1 character long')
    .max(128, 'must be at most 128 characters long')
    .regex(TAG_CHARACTERS, tagText)
    .refine((key) => !/^aws:/i.test(key), 'must not start with aws: (reserved by AWS)')
    .refine((key) => !key.startsWith(OWN_TAG_PREFIX), `must not start with ${OWN_TAG_PREFIX} (this service's own)`),
  tagValue: z.string().max(256, 'must be at most 256 characters long').regex(TAG_CHARACTERS, tagText),
});

/** The body of POST /event-trackers, in Personalize's own field names and limits. */
export function createEventTrackerRequest({ partition, region, accountId }: Home) {
  const arnStart = `arn:${partition}:personalize:${region}:${accountId}:dataset-group/`;
  return z.strictObject({
    name: z
      .string()
      .min(1, 'must be at least 1 character long')
      .max(63, 'must be at most 63 characters long')
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/,
        'must start with a letter or digit, and hold letters, digits, - and _ only',
      ),
    datasetGroupArn: z
      .string()
      .max(256, 'must be at most 256 characters long')
      .refine(
        (arn) => arn.startsWith(arnStart) && /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/.test(arn.slice(arnStart.length)),
        `must be the ARN of a dataset group of this account and Region: ${arnStart}NAME`,
      ),
    tags: z
      .array(tag)
      .max(MAX_TAGS, `must hold at most ${MAX_TAGS} tags (Personalize allows 50, one of which this service sets)`)
      .refine((tags) => new Set(tags.map(({ tagKey }) => tagKey)).size === tags.length, 'must not hold a tagKey twice')
      .default([]),
    adoptExisting: z.boolean().default(false),
  });
}
export type CreateEventTrackerRequest = z.infer<ReturnType<typeof createEventTrackerRequest>>;

/** The query of DELETE /event-trackers/{trackerId}. */
export const deleteEventTrackerQuery = z.strictObject({
  destroy: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true'),
});

/** A request that takes nothing. */
export const nothing = z.strictObject({});
