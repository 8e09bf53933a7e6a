import { jsonObject } from '../client/errors.ts';
import { ParameterFailure } from './failures.ts';

/** Where a truncated list continues: the token of the page, and how many of its items to skip. */
export interface Place {
  readonly nextToken: string | undefined;
  readonly skip: number;
}

/** The encoding of the AWS CLI (botocore/paginate.py). */
export function encodedToken({ nextToken, skip }: Place): string {
  const content = { nextToken: nextToken ?? null, ...(skip > 0 && { boto_truncate_amount: skip }) };
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

/** @throws ParameterFailure for a text that encodedToken did not make */
export function decodedToken(text: string): Place {
  const {
    nextToken = null,
    boto_truncate_amount: skip = 0,
    ...rest
  } = jsonObject(Buffer.from(text, 'base64').toString('utf8')) ?? {};
  if (
    (nextToken === null || typeof nextToken === 'string') &&
    typeof skip === 'number' &&
    Number.isInteger(skip) &&
    skip >= 0 &&
    Object.keys(rest).length === 0 &&
    (nextToken !== null || skip > 0)
  ) {
    return { nextToken: nextToken ?? undefined, skip };
  }
  throw new ParameterFailure('Bad starting token: must be a NextToken from a previous result');
}
