import * as z from 'zod';
import { AwsError } from './wire.ts';

const Token = z.tuple([z.string(), z.union([z.string(), z.number()])]);

/** The parameters of a list request. */
export interface PageRequest {
  /** Names the operation and its filters. A token is valid only for the list that returned it. */
  readonly list: string;
  readonly token: string | undefined;
  /** Default 100. */
  readonly size?: number | undefined;
  /** The error code for a token that this list did not return. */
  readonly refusal: string;
}

/**
 * One page of a list in ascending order of a key, and the token of the next page if there is one. A page continues after the last key
 * returned, so items that are created or deleted between two pages are neither repeated nor cause others to be skipped.
 * @throws AwsError for a token that this list did not return
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
  { list, token, size = 100, refusal }: PageRequest,
): { readonly items: T[]; readonly nextToken?: string } {
  const after = token === undefined ? undefined : keyIn(token, list, refusal);
  const rest = items.filter((item) => after === undefined || keyOf(item) > after);
  const page = rest.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)).slice(0, size);
  const last = page.at(-1);
  if (last === undefined || page.length === rest.length) return { items: page };
  return { items: page, nextToken: encode(JSON.stringify([list, keyOf(last)])) };
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

function keyIn(token: string, list: string, refusal: string): string | number {
  const text = Buffer.from(token, 'base64url').toString();
  try {
    const [name, key] = Token.parse(JSON.parse(text));
    if (name === list && encode(text) === token) return key;
  } catch {
    // Not a token at all.
  }
  throw new AwsError(refusal, 'Invalid nextToken: this list did not return it.');
}
