import * as z from 'zod';
import { failureSchema } from '../../events/contract.ts';

/**
 * A TagResource or UntagResource call whose effect is not known, and which may still take effect. Written before the call, and removed
 * by a definite answer.
 */
export const tagCall = z
  .object({
    eventTrackerArn: z.string(),
    generation: z.int().min(0),
    at: z.number(),
    /** An earlier call was pending when this one was written: a definite answer to this one does not end that one. */
    overlapsEarlierCall: z.literal(true).optional(),
  })
  .readonly();

/** A refusal that may end by itself. */
const refusal = z
  .object({ operation: z.string(), awsError: z.string(), awsRequestId: z.string().optional() })
  .readonly();
export type TagRefusal = z.infer<typeof refusal>;

/** A pending change of tags. */
export const tagUpdate = z
  .object({
    /** When Personalize first gave a definite answer to its calls: its deadline counts from then. */
    since: z.number(),
    /** Personalize has accepted the calls: from now on its tags are compared. */
    accepted: z.literal(true).optional(),
    refusal: refusal.optional(),
    /** A refusal that waiting does not change: the next observation records the outcome. */
    failure: failureSchema.optional(),
  })
  .readonly();
