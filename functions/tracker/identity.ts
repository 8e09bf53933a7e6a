import { createHash } from 'node:crypto';

/** The alphabet of RFC 4648 base32, in lower case: safe in URLs, in execution names and in event ids. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The tracker's id: 26 characters (130 bits) of the SHA-256 of the dataset group's ARN. So all requests for a group have the same key,
 * and the conditional write decides between them.
 */
export function trackerIdOf(datasetGroupArn: string): string {
  const digest = createHash('sha256').update(datasetGroupArn, 'utf8').digest();
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
  return `et-${id}`;
}

/** Whether the text has the form of a tracker id. Other texts must not reach the store as keys. */
export const isTrackerId = (text: string): boolean => /^et-[a-z2-7]{26}$/.test(text);

/** A stable hash, for Idempotency-Keys, request bodies and ETags. */
export const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url');
