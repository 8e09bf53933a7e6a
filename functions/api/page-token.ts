import * as z from 'zod';
import { hashOf, isTrackerId } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** The position in a list, and a hash of its tenant and filters. The token grants nothing: the tenant comes from the caller. */
const content = z.strictObject({ v: z.literal(1), of: z.string(), after: z.string() });

/** The list that a token belongs to. */
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
 * The id of the last event tracker that the previous page read.
 * @throws RequestRejected INVALID_REQUEST if the token is malformed, or belongs to another tenant or other filters
 */
export function readPageToken(list: ListIdentity, token: string): string {
  const parsed = content.safeParse(parsedJson(Buffer.from(token, 'base64url').toString('utf8')));
  // Buffer ignores invalid Base64 characters, so the token must equal the one that was issued.
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
