import { expect, test } from 'vitest';
import { type Failure, failureSchema } from '../../../events/contract.ts';
import * as failures from '../../../functions/tracker/failures.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const PLACE = { accountId: '210987654321', region: 'eu-west-1' };
const OTHER_ROLE = 'arn:aws:iam::210987654321:role/et';
const REFUSED = { ...PLACE, why: 'ROLE_REFUSED', roleArn: OTHER_ROLE, awsError: 'AccessDenied' } as const;
const TRACKER = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/theirs';
const fault = { awsError: 'ResourceInUseException', awsRequestId: 'aws-1' };
const refusal = { code: 'ResourceInUseException', since: 0 };
const unreadable = { operation: 'DescribeEventTracker', answer: 'an unknown status' };

type Makers = typeof failures;
type Maker = {
  [Name in keyof Makers]: Makers[Name] extends (...args: never[]) => Failure ? Name : never;
}[keyof Makers];

/**
 * Every failure of the service, by the function that makes it. A new function does not compile without a row. Each row has the failure, its
 * `retryable` (whether the same request can succeed later) and a pattern that its `remedy` must match.
 */
const TABLE: Readonly<Record<Maker, readonly (readonly [made: Failure, retryable: boolean, remedy: RegExp])[]>> = {
  datasetGroupMissing: [
    [failures.datasetGroupMissing(GROUP, fault), true, /^Create the dataset group.*datasetGroupArn/],
  ],
  datasetGroupNotActive: [
    [failures.datasetGroupNotActive(GROUP, 'CREATE FAILED', 'no role'), true, /^Delete the dataset group/],
    [failures.datasetGroupNotActive(GROUP, 'DELETE IN_PROGRESS'), true, /create it again/],
  ],
  noInteractionsDataset: [[failures.noInteractionsDataset(GROUP), true, /^Create an Item interactions dataset/]],
  interactionsDatasetNotActive: [
    [failures.interactionsDatasetNotActive(GROUP, 'CREATE FAILED'), true, /^Delete the dataset.*create it again/],
  ],
  datasetGroupDeadlinePassed: [
    [
      failures.datasetGroupDeadlinePassed(GROUP, { waitingFor: 'dataset-group', state: 'is CREATE PENDING' }, 60_000),
      true,
      /once the dataset group is ACTIVE/,
    ],
    [
      failures.datasetGroupDeadlinePassed(
        GROUP,
        { waitingFor: 'interactions-dataset', state: 'does not exist' },
        60_000,
      ),
      true,
      /Item interactions dataset is ACTIVE/,
    ],
  ],
  accessDenied: [
    [failures.accessDenied({ operation: 'DescribeEventTracker' }), true, /personalize:DescribeEventTracker/],
    [
      failures.accessDenied({ operation: 'AssumeRole', account: REFUSED }),
      true,
      /^Check in the account 210987654321 .*:role\/et /,
    ],
    [
      failures.accessDenied({
        operation: 'ListEventTrackers',
        account: { ...PLACE, why: 'NOT_PERMITTED', roleArn: OTHER_ROLE },
      }),
      true,
      /^Allow the role \S+:210987654321:role\/et to call personalize:ListEventTrackers in the Region eu-west-1/,
    ],
    [
      failures.accessDenied({ operation: 'DescribeEventTracker', account: { ...PLACE, why: 'NOT_ALLOWED' } }),
      true,
      /^Add the account 210987654321 .* to the setting accounts/,
    ],
  ],
  conflict: [
    [
      failures.conflict({ eventTrackerArn: TRACKER }),
      true,
      /event-tracker\/theirs.*adoptExisting.*event-trackers\/adopt/,
    ],
  ],
  alreadyExists: [[failures.alreadyExists(refusal, 60_000), true, /again later/]],
  refusedByPersonalize: [
    [failures.refusedByPersonalize('no', { awsError: 'InvalidInputException' }), false, /corrected request/],
    [failures.refusedByPersonalize('no', { awsError: 'TooManyTagsException' }), false, /corrected request/],
    [failures.refusedByPersonalize('no', { awsError: 'ResourceNotFoundException' }), true, /send the request again/],
  ],
  preflightRefused: [
    [
      failures.preflightRefused('ListDatasets', 'no', { awsError: 'InvalidInputException' }),
      false,
      /corrected request/,
    ],
    [failures.preflightRefused('ListDatasets', 'no', fault), true, /send the request again/],
  ],
  responsesUnreadable: [[failures.responsesUnreadable(unreadable, 60_000), true, /DescribeEventTracker/]],
  creationFailed: [[failures.creationFailed({ eventTrackerArn: TRACKER }), true, /^Send the request again/]],
  deadlinePassed: [[failures.deadlinePassed('CREATE PENDING', TRACKER, 60_000), true, /^Send the request again/]],
  removalDeadlinePassed: [
    [failures.removalDeadlinePassed(TRACKER, 60_000), true, /event-tracker\/theirs/],
    [failures.removalDeadlinePassed(undefined, 60_000, fault), true, /earlier event tracker/],
  ],
  tagsRefused: [
    [failures.tagsRefused('no', { awsError: 'TooManyTagsException' }), false, /corrected request/],
    [failures.tagsRefused('no', fault), true, /send the request again/],
  ],
  tagsNotShown: [
    [failures.tagsNotShown(undefined, 60_000), true, /^Retry the change/],
    [failures.tagsNotShown({ operation: 'TagResource', ...fault }, 60_000), true, /^Retry the change/],
  ],
  tagsUnreadable: [[failures.tagsUnreadable(unreadable, 60_000), true, /^Retry the change later/]],
  trackerNotFound: [[failures.trackerNotFound(TRACKER), true, /drift check.*retry/]],
  tagsOfAnotherDeployment: [[failures.tagsOfAnotherDeployment(TRACKER, 'prod'), true, /that deployment/]],
  deletedOutOfBand: [[failures.deletedOutOfBand(TRACKER), true, /new tracking ID/]],
};

test.each(Object.values(TABLE).flat())('$code: $remedy', (made, retryable, remedy) => {
  expect(failureSchema.parse(made)).toEqual(made);
  expect(made.retryable).toBe(retryable);
  expect(made.remedy).toMatch(remedy);
  // The remedy is one sentence or more that starts with an instruction.
  expect(made.remedy).toMatch(/^[A-Z].*\.$/);
  // The remedy may ask for a changed request only if the request itself is wrong.
  expect(/corrected request/.test(made.remedy)).toBe(!retryable);
});

test('the table has every code', () => {
  const codes = Object.values(TABLE).flatMap((rows) => rows.map(([{ code }]) => code));
  expect(new Set(codes)).toEqual(new Set(failures.FAILURE_CODES));
});
