import * as z from 'zod';

// The shapes of Personalize's service model (API version 2018-05-22), names as there. Patterns match whole values.
export const Name = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/);
export const Arn = z
  .string()
  .max(256)
  .regex(/^arn:([a-z\d-]+):personalize:.*:.*:.+$/);
export const AccountId = z.string().regex(/^\d{12}$/, 'must be the id of an account, 12 digits');
export const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be a Region, such as eu-west-1');
const TAG = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
export const TagKey = z.string().min(1).max(128).regex(TAG);
export const Tags = z.array(z.object({ tagKey: TagKey, tagValue: z.string().max(256).regex(TAG) })).max(200);
export const TagKeys = z.array(TagKey).max(200);
export const Domain = z.enum(['ECOMMERCE', 'VIDEO_ON_DEMAND']);
export const Paging = {
  nextToken: z
    .string()
    .regex(/^\p{ASCII}{0,1500}$/u)
    .optional(),
  maxResults: z.int().min(1).max(100).optional(),
};
