import * as z from 'zod';
import { AwsError } from '../wire.ts';

const Token = z.strictObject({ list: z.string(), after: z.int().min(0) });

/** Personalize's page size where the caller names none. */
const DEFAULT_MAX_RESULTS = 100;

/**
 * One page of a list in the order of creation, and the token of the next page if there is one. A page goes on after the
 * last sequence number returned, so that what is created or deleted between two pages moves nothing else.
 * `list` names the operation and its filter: a token is good for the list it came from.
 * @throws AwsError InvalidNextTokenException
 */
export function page<R extends { readonly sequence: number }>(
  items: readonly R[],
  list: string,
  { nextToken, maxResults = DEFAULT_MAX_RESULTS }: { nextToken?: string | undefined; maxResults?: number | undefined },
): { items: R[]; nextToken?: string } {
  const after = nextToken === undefined ? 0 : readToken(nextToken, list);
  const rest = items.filter(({ sequence }) => sequence > after).sort((a, b) => a.sequence - b.sequence);
  const returned = rest.slice(0, maxResults);
  const last = returned.at(-1);
  if (last === undefined || returned.length === rest.length) return { items: returned };
  return { items: returned, nextToken: writeToken(list, last.sequence) };
}

function writeToken(list: string, after: number): string {
  return Buffer.from(JSON.stringify({ list, after })).toString('base64url');
}

function readToken(token: string, list: string): number {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid();
  }
  const parsed = Token.safeParse(value);
  if (!parsed.success || parsed.data.list !== list) throw invalid();
  return parsed.data.after;
}

const invalid = () => new AwsError('InvalidNextTokenException', 'The nextToken is not valid for this list.');
