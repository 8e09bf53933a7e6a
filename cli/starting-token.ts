import { jsonObject } from '../client/errors.ts';
import { ParameterFailure } from './failures.ts';

/** Where a list that was cut off goes on: the page by the API's token, and how many of its items were printed. */
export interface Place {
  readonly nextToken: string | undefined;
  readonly skip: number;
}

/** As the AWS CLI encodes it (botocore/paginate.py). */
export function encodedToken({ nextToken, skip }: Place): string {
  const content = { nextToken: nextToken ?? null, ...(skip > 0 && { boto_truncate_amount: skip }) };
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

/** @throws ParameterFailure for what is no NextToken of ours */
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
  throw new ParameterFailure('Bad starting token: must be the NextToken of an output before');
}
