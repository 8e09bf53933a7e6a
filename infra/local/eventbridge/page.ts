import { AwsError } from '../wire.ts';

// ListRules, ListTargetsByRule and ListEventBuses: "Limit", API reference, valid range 1 to 100.
const MAX_PAGE = 100;

/** One page of a list that is ordered by name. `NextToken` is absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken?: string;
}

const tokenAfter = (name: string): string => Buffer.from(`after:${name}`).toString('base64url');

function nameIn(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  const name = text.slice('after:'.length);
  if (!text.startsWith('after:') || tokenAfter(name) !== token) {
    throw new AwsError(
      'ValidationException',
      'Parameter NextToken is not valid. Reason: it is none that was given out.',
    );
  }
  return name;
}

/**
 * The page of `items` (in any order) that follows `token`. The token names where the last page ended, so that items that
 * come or go between two pages shift nothing.
 * @throws AwsError ValidationException for a token that was not given out
 */
export function pageOf<T>(items: readonly T[], nameOf: (item: T) => string, token?: string, limit = MAX_PAGE): Page<T> {
  const after = token === undefined ? undefined : nameIn(token);
  const ordered = items.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const rest = after === undefined ? ordered : ordered.filter((item) => nameOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return last === undefined || page.length === rest.length
    ? { items: page }
    : { items: page, NextToken: tokenAfter(nameOf(last)) };
}
