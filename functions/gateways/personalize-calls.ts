import type { Tag } from '@aws-sdk/client-personalize';
import type { TrackerStatus } from '../tracker/decide.ts';
import type { Tag as TrackerTag } from '../tracker/record.ts';
import { type AnsweredError, AnswerUnknown, refusalOf, UnusableAnswer } from './faults.ts';

/** The states that Personalize documents for an event tracker. */
const STATUSES: ReadonlySet<string> = new Set([
  'CREATE PENDING',
  'CREATE IN_PROGRESS',
  'ACTIVE',
  'CREATE FAILED',
  'DELETE PENDING',
  'DELETE IN_PROGRESS',
] satisfies TrackerStatus[]);

const isTrackerStatus = (status: string | undefined): status is TrackerStatus =>
  status !== undefined && STATUSES.has(status);

/**
 * The answer of a call, or what Personalize refused it with.
 * @throws Throttled, AccessDenied, AnswerUnknown (faults.ts)
 */
export async function ask<Answer>(
  operation: string,
  call: Promise<Answer>,
): Promise<{ answer: Answer } | { refusal: AnsweredError }> {
  try {
    return { answer: await call };
  } catch (error) {
    return { refusal: refusalOf(operation, error) };
  }
}

/**
 * As `ask`, for a call whose only planned refusal is "not found".
 * @throws UnusableAnswer for any other refusal
 */
export async function find<Answer>(operation: string, call: Promise<Answer>): Promise<Answer | 'NOT_FOUND'> {
  const asked = await ask(operation, call);
  if ('answer' in asked) return asked.answer;
  if (asked.refusal.awsError === 'ResourceNotFoundException') return 'NOT_FOUND';
  throw unusable(operation, asked.refusal);
}

/**
 * A refusal that the caller has no plan for. A page token that is not taken any more says nothing of what is listed: the list
 * is asked for again from its start.
 */
export function unusable(operation: string, refusal: AnsweredError): UnusableAnswer | AnswerUnknown {
  return refusal.awsError === 'InvalidNextTokenException'
    ? new AnswerUnknown(operation, refusal.awsError)
    : new UnusableAnswer(operation, refusal);
}

/** A tracker's status as answered. @throws UnusableAnswer where it is none that this service knows */
export function statusOf(operation: string, status: string | undefined, awsRequestId?: string): TrackerStatus {
  if (isTrackerStatus(status)) return status;
  const answer = status === undefined ? 'no status' : `the status ${JSON.stringify(status.slice(0, 100))}`;
  throw new UnusableAnswer(operation, { answer, ...(awsRequestId && { awsRequestId }) });
}

/** All tags in an answer of ListTagsForResource. */
export const tagsOf = ({ tags = [] }: { tags?: Tag[] }): TrackerTag[] =>
  tags.map(({ tagKey = '', tagValue = '' }) => ({ tagKey, tagValue }));
