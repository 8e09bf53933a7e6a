import * as z from 'zod';
import { hashOf, isTrackerId } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** Where a list goes on, and whose list it is of which filters. Nothing in it decides what is shown: the partition is the caller's. */
const content = z.strictObject({ v: z.literal(1), of: z.string(), after: z.string() });

/** What the token belongs to: a tenant and the filters of its list. */
export interface ListIdentity {
  readonly tenantId: string;
  readonly status?: string;
  readonly datasetGroupArn?: string;
}

const ofList = ({ tenantId, status = '', datasetGroupArn = '' }: ListIdentity): string =>
  hashOf(`${tenantId} ${status}${datasetGroupArn}`).slice(0, 16);

export const pageToken = (list: ListIdentity, after: string): string =>
  Buffer.from(JSON.stringify({ v: 1, of: ofList(list), after })).toString('base64url');

/**
 * The id of the last tracker that the page before looked at.
 * @throws RequestRejected INVALID_REQUEST for a token that is malformed, another tenant's, or of other filters
 */
export function readPageToken(list: ListIdentity, token: string): string {
  const parsed = content.safeParse(parsedJson(Buffer.from(token, 'base64url').toString('utf8')));
  // Base64 is read with whatever else stands in it: a token is one only as it was written.
  const isOurs = parsed.success && isTrackerId(parsed.data.after) && token === pageToken(list, parsed.data.after);
  if (!isOurs) {
    throw new RequestRejected({
      reason: 'INVALID_REQUEST',
      errors: [{ field: 'nextToken', rule: 'must be the nextToken of an earlier page of the same list' }],
    });
  }
  return parsed.data.after;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
