import { createHash } from 'node:crypto';

/** The alphabet of RFC 4648 base32, in lower case: safe in URLs, in execution names and in event ids. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 26 characters (130 bits) of the text's SHA-256. */
function shortHashOf(text: string): string {
  const digest = createHash('sha256').update(text, 'utf8').digest();
  let id = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && id.length < 26) {
      bits -= 5;
      id += BASE32[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return id;
}

/**
 * The tracker's id, from the ARN of its dataset group. So all requests for a group have the same key, and the conditional write decides
 * between them.
 */
export const trackerIdOf = (datasetGroupArn: string): string => `et-${shortHashOf(datasetGroupArn)}`;

/** The id of an operation, from the Idempotency-Key of its request or from a random text: the conditional write finds a repetition. */
export const operationIdOf = (key: string): string => `op-${shortHashOf(`operation ${key}`)}`;

/** Whether the text has the form of an operation's id. */
export const isOperationId = (text: string): boolean => /^op-[a-z2-7]{26}$/.test(text);

/** Whether the text has the form of a tracker id. Other texts must not reach the store as keys. */
export const isTrackerId = (text: string): boolean => /^et-[a-z2-7]{26}$/.test(text);

/** A stable hash, for Idempotency-Keys, request bodies and ETags. */
export const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url');
