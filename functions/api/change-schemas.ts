import * as z from 'zod/mini';
import { clientContext, flag, tagList } from './schemas.ts';

/** The body of PATCH /event-trackers/{trackerId}, a JSON merge patch: what is left out stays, and null removes. */
export const updateEventTrackerRequest = z.strictObject({
  tags: z
    .optional(z.nullable(tagList))
    .check(z.describe('All tags that the event tracker should have. Null removes them all')),
  clientContext: z.optional(z.nullable(clientContext)).check(z.describe('Null removes it')),
});

/** The body of POST /event-trackers/batch. Each request is validated on its own, like a POST /event-trackers. */
export const batchRequest = z.strictObject({
  requests: z
    .array(z.unknown())
    .check(z.minLength(1, 'must contain at least 1 request'), z.maxLength(100, 'must contain at most 100 requests')),
});

/** The query of DELETE /event-trackers/{trackerId}. */
export const deleteEventTrackerQuery = z.strictObject({
  destroy: flag().check(z.describe('Delete an adopted event tracker instead of releasing it')),
});

/** For requests without query parameters or body fields. */
export const emptyObject = z.strictObject({});
