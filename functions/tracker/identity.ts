import { createHash } from 'node:crypto';

/** The alphabet of RFC 4648 base32, in lower case: safe in URLs, in execution names and in event ids. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The tracker's id: 26 characters (130 bits) of the SHA-256 of the dataset group's ARN, so that every request for a group
 * meets at one key and the conditional write decides.
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

/** Whether it has the form of a tracker's id. What has not is no tracker's, and must not reach the store as a key. */
export const isTrackerId = (text: string): boolean => /^et-[a-z2-7]{26}$/.test(text);

/** A stable hash of a key or a body, as the record and the key items hold it. */
export const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64url');
