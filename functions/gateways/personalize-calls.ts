import type { Tag } from '@aws-sdk/client-personalize';
import { PERSONALIZE_STATUSES } from '../../events/names.ts';
import type { TrackerStatus } from '../tracker/observation.ts';
import type { Tag as TrackerTag } from '../tracker/record.ts';
import { type AwsRefusal, refusalOf, UnexpectedResponseError, UnknownOutcomeError } from './aws-errors.ts';

const STATUSES: ReadonlySet<string> = new Set(PERSONALIZE_STATUSES);
const isTrackerStatus = (status: string | undefined): status is TrackerStatus =>
  status !== undefined && STATUSES.has(status);

/**
 * The response to a call, or Personalize's refusal.
 * @throws ThrottledError, AccessDeniedError, UnknownOutcomeError (aws-errors.ts)
 */
export async function callPersonalize<Answer>(
  operation: string,
  call: Promise<Answer>,
): Promise<{ answer: Answer } | { refusal: AwsRefusal }> {
  try {
    return { answer: await call };
  } catch (error) {
    return { refusal: refusalOf(operation, error) };
  }
}

/**
 * The pages of a list.
 * @param read reads the page of a token; without one, the first page
 */
export async function allPages<Page extends { nextToken?: string }>(
  read: (nextToken: string | undefined) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  do pages.push(await read(pages.at(-1)?.nextToken));
  while (pages.at(-1)?.nextToken !== undefined);
  return pages;
}

/**
 * As `callPersonalize`, for a call whose only planned refusal is "not found".
 * @throws UnexpectedResponseError for any other refusal
 */
export async function callOrNotFound<Answer>(operation: string, call: Promise<Answer>): Promise<Answer | 'NOT_FOUND'> {
  const asked = await callPersonalize(operation, call);
  if ('answer' in asked) return asked.answer;
  if (asked.refusal.awsError === 'ResourceNotFoundException') return 'NOT_FOUND';
  throw unexpectedResponse(operation, asked.refusal);
}

/**
 * The error for a refusal that the caller does not expect. A rejected page token shows nothing about the list, which is read again from
 * its start.
 */
export function unexpectedResponse(
  operation: string,
  refusal: AwsRefusal,
): UnexpectedResponseError | UnknownOutcomeError {
  return refusal.awsError === 'InvalidNextTokenException'
    ? new UnknownOutcomeError(operation, refusal.awsError)
    : new UnexpectedResponseError(operation, refusal);
}

/** A tracker's status from a response. @throws UnexpectedResponseError if this service does not know the status */
export function statusOf(operation: string, status: string | undefined, awsRequestId?: string): TrackerStatus {
  if (isTrackerStatus(status)) return status;
  const answer = status === undefined ? 'no status' : `the status ${JSON.stringify(status.slice(0, 100))}`;
  throw new UnexpectedResponseError(operation, { answer, ...(awsRequestId && { awsRequestId }) });
}

/** All tags in a response of ListTagsForResource. */
export const tagsOf = ({ tags = [] }: { tags?: Tag[] }): TrackerTag[] =>
  tags.map(({ tagKey = '', tagValue = '' }) => ({ tagKey, tagValue }));
