import * as z from 'zod';
import { hashOf, isTrackerId } from '../tracker/identity.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** A hash of the list that the token belongs to, and a position in it. The token grants nothing: the tenant comes from the caller. */
const content = z.strictObject({
  v: z.literal(1),
  of: z.string(),
  /** In the order of ids. */
  after: z.string().refine(isTrackerId).optional(),
  /** In the order of changes. */
  changes: z
    .strictObject({
      /** When the first page was read, as an ISO 8601 time: what changed since then comes at the end of the list. */
      since: z.iso.datetime(),
      /** The position that the previous page ended at. */
      after: z.string().regex(/^[^#]{1,40}(?:#et-[a-z2-7]{26})?$/),
      /** The pages are now those of what changed since. */
      isAgain: z.literal(true).optional(),
    })
    .optional(),
  /** In the list of operations. */
  operations: z
    .string()
    .regex(/^[^#]{1,40}#op-[a-z2-7]{26}$/)
    .optional(),
});

/** Where the next page starts, in one of the orders. */
export type PagePosition = Pick<z.infer<typeof content>, 'after' | 'changes' | 'operations'>;
export type ChangesPosition = NonNullable<PagePosition['changes']>;

/** The tenant, the filters and the order of a list; and whether it is a platform's list of all tenants. */
export type ListIdentity = Readonly<Record<string, unknown>>;

const ofList = (list: ListIdentity): string => {
  const parts = Object.entries(list)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return hashOf(JSON.stringify(parts)).slice(0, 16);
};

export const pageToken = (list: ListIdentity, position: PagePosition): string =>
  Buffer.from(JSON.stringify({ v: 1, of: ofList(list), ...position })).toString('base64url');

/**
 * The position that the previous page ended at.
 * @throws RequestRejected INVALID_REQUEST if the token is malformed, or belongs to another tenant, other filters or another order
 */
export function readPageToken(list: ListIdentity, token: string): PagePosition {
  const parsed = content.safeParse(parsedJson(Buffer.from(token, 'base64url').toString('utf8')));
  if (parsed.success) {
    const { v: _, of: __, ...position } = parsed.data;
    // Buffer ignores invalid Base64 characters, so the token must equal the one that was issued.
    if (token === pageToken(list, position)) return position;
  }
  throw new RequestRejected({
    reason: 'INVALID_REQUEST',
    errors: [{ field: 'nextToken', rule: 'must be the nextToken of an earlier page of the same list' }],
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
