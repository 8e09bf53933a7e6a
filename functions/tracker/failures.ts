import type { Failure } from '../../events/contract.ts';
import type { AlreadyExistsRefusal, DatasetGroupPart } from './record.ts';

/** Every failure code. A closed list: it is a dimension of metrics. */
export const FAILURE_CODES = [
  'DATASET_GROUP_NOT_FOUND',
  'DATASET_GROUP_NOT_ACTIVE',
  'NO_INTERACTIONS_DATASET',
  'INTERACTIONS_DATASET_NOT_ACTIVE',
  'ACCESS_DENIED',
  'CONFLICT',
  'REFUSED_BY_PERSONALIZE',
  'CREATE_FAILED',
  'DEADLINE_EXCEEDED',
  'DELETED_OUT_OF_BAND',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Failures that this deployment's operators must fix: its role lacks a permission, or it waited for too long. */
export const SERVICE_FAULT_CODES: readonly FailureCode[] = ['ACCESS_DENIED', 'DEADLINE_EXCEEDED'];

/** An AWS error as the gateways hand it on: a fact, not yet a failure. */
export interface AwsFault {
  readonly awsError?: string;
  readonly awsRequestId?: string;
}

/**
 * Errors by which Personalize rejects the request itself: repeated unchanged, it gets the same response. Every other refusal names a
 * state that can change.
 */
const REQUEST_FAULTS: ReadonlySet<string | undefined> = new Set([
  'InvalidInputException',
  'ValidationException',
  'TooManyTagsException',
  'TooManyTagKeysException',
]);

const aws = ({ awsError, awsRequestId }: AwsFault): AwsFault => ({
  ...(awsError && { awsError }),
  ...(awsRequestId && { awsRequestId }),
});
/**
 * How much of Personalize's message is quoted, in characters. A message may echo the whole request, and a failure is stored in
 * history and outbox entries: this much leaves the item (400 KB) room for its outcomes.
 */
const MAX_QUOTE_LENGTH = 300;
const quoted = (message: string): string =>
  message.length > MAX_QUOTE_LENGTH ? `${message.slice(0, MAX_QUOTE_LENGTH)}…` : message;
const minutes = (ms: number): string => (ms < 60_000 ? `${ms / 1000} s` : `${Math.round(ms / 60_000)} min`);

export const datasetGroupMissing = (datasetGroupArn: string, fault: AwsFault): Failure => ({
  code: 'DATASET_GROUP_NOT_FOUND',
  reason: `The dataset group ${datasetGroupArn} does not exist.`,
  remedy:
    'Create the dataset group, or correct datasetGroupArn. Then make the request again, with waitForDatasetGroup if the group is still to come.',
  retryable: true,
  ...aws(fault),
});

export const datasetGroupNotActive = (datasetGroupArn: string, status: string, failureReason?: string): Failure => ({
  code: 'DATASET_GROUP_NOT_ACTIVE',
  reason: `The dataset group ${datasetGroupArn} is ${status}, and an event tracker needs an ACTIVE one.${failureReason ? ` Personalize says: ${quoted(failureReason)}` : ''}`,
  remedy: 'Delete the dataset group if it is still there, and create it again. Then make the request again.',
  retryable: true,
});

export const noInteractionsDataset = (datasetGroupArn: string): Failure => ({
  code: 'NO_INTERACTIONS_DATASET',
  reason: `The dataset group ${datasetGroupArn} has no Item interactions dataset, which an event tracker writes to (it may be empty).`,
  remedy:
    'Create an Item interactions dataset in the dataset group. Then make the request again, with waitForDatasetGroup if the dataset is still to come.',
  retryable: true,
});

export const interactionsDatasetNotActive = (datasetGroupArn: string, status: string): Failure => ({
  code: 'INTERACTIONS_DATASET_NOT_ACTIVE',
  reason: `The Item interactions dataset of ${datasetGroupArn} is ${status}, and an event tracker needs an ACTIVE one.`,
  remedy: 'Delete the dataset if it is still there, and create it again. Then make the request again.',
  retryable: true,
});

/** @param state the last observed state of that part: `is CREATE PENDING` */
export const datasetGroupDeadlinePassed = (
  datasetGroupArn: string,
  { waitingFor, state }: { waitingFor: DatasetGroupPart; state: string },
  deadlineMs: number,
): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `${waitingFor === 'dataset-group' ? 'The dataset group' : 'The Item interactions dataset of'} ${datasetGroupArn} was waited for, and after ${minutes(deadlineMs)} it still ${state}.`,
  remedy: `Make the request again once ${waitingFor === 'dataset-group' ? 'the dataset group' : 'its Item interactions dataset'} is ACTIVE.`,
  retryable: true,
});

export const accessDenied = (fault: { operation: string; awsRequestId?: string }): Failure => ({
  code: 'ACCESS_DENIED',
  reason: `The service's role may not call ${fault.operation}.`,
  remedy: `Allow the service's role to call personalize:${fault.operation} (its policy, or a service control policy, denies it). Then make the request again.`,
  retryable: true,
  ...aws({ awsError: 'AccessDeniedException', awsRequestId: fault.awsRequestId }),
});

/** @param there the tracker in the way. The deployment that created it is named, and is who may delete it. */
export function conflict(
  { eventTrackerArn, anotherDeployment }: { readonly eventTrackerArn: string; readonly anotherDeployment?: string },
  refusal?: AlreadyExistsRefusal,
): Failure {
  const creator = anotherDeployment && JSON.stringify(quoted(anotherDeployment));
  const by = creator
    ? `which another deployment of this service, ${creator}, created`
    : 'which does not belong to this deployment';
  const deletion = creator
    ? `Delete ${eventTrackerArn} through the deployment ${creator}, which uses it,`
    : `Delete ${eventTrackerArn}`;
  return {
    code: 'CONFLICT',
    reason: `The dataset group has the event tracker ${eventTrackerArn}, ${by}. A dataset group can have one.`,
    remedy: `${deletion} and make the request again, or take it over: make the request with adoptExisting (scope event-trackers/adopt).`,
    retryable: true,
    ...aws({ awsError: refusal?.code, awsRequestId: refusal?.awsRequestId }),
  };
}

export const alreadyExists = (obstruction: AlreadyExistsRefusal, deadlineMs: number): Failure => ({
  code: 'CONFLICT',
  reason: `For ${minutes(deadlineMs)} Personalize has refused to create the event tracker with ${obstruction.code}, and shows none on the dataset group.`,
  remedy:
    'Make the request again later. If it fails the same way, ask AWS Support what stands in the way on the dataset group.',
  retryable: true,
  ...aws({ awsError: obstruction.code, awsRequestId: obstruction.awsRequestId }),
});

const remedyOfRefusal = ({ awsError }: AwsFault): Pick<Failure, 'remedy' | 'retryable'> =>
  REQUEST_FAULTS.has(awsError)
    ? { remedy: 'Correct what Personalize objects to, and make the corrected request.', retryable: false }
    : { remedy: 'Resolve what Personalize objects to. Then make the request again.', retryable: true };

export const refusedByPersonalize = (message: string, fault: AwsFault): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `Personalize refused to create the event tracker: ${quoted(message)}`,
  ...remedyOfRefusal(fault),
  ...aws(fault),
});

export const preflightRefused = (operation: string, message: string, fault: AwsFault): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `Personalize refused ${operation}, by which the dataset group is checked first: ${quoted(message)}`,
  ...remedyOfRefusal(fault),
  ...aws(fault),
});

export const responsesUnreadable = (
  { operation, answer, ...fault }: AwsFault & { operation: string; answer: string },
  deadlineMs: number,
): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `For ${minutes(deadlineMs)} Personalize has answered ${operation} with ${answer}. What it has of the event tracker is removed as soon as it can be seen.`,
  remedy: `Make the request again later. If it fails the same way, ask AWS Support about ${operation}.`,
  retryable: true,
  ...aws(fault),
});

export const creationFailed = ({ eventTrackerArn }: { eventTrackerArn: string }): Failure => ({
  code: 'CREATE_FAILED',
  reason: `Personalize reports CREATE FAILED for ${eventTrackerArn}, and gives no reason for an event tracker.`,
  remedy:
    'Make the request again: what was left of the failed event tracker is removed. If it fails again, ask AWS Support.',
  retryable: true,
});

export const deadlinePassed = (status: string, eventTrackerArn: string, deadlineMs: number): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `The event tracker ${eventTrackerArn} was still ${status} ${minutes(deadlineMs)} after its creation was answered. It is removed as soon as Personalize allows.`,
  remedy:
    'Make the request again: the next event tracker is created once this one is removed. If it fails again, ask AWS Support.',
  retryable: true,
});

export const removalDeadlinePassed = (
  eventTrackerArn: string | undefined,
  deadlineMs: number,
  fault: AwsFault = {},
): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `What is left of an earlier event tracker${eventTrackerArn ? ` (${eventTrackerArn})` : ''} could not be removed within ${minutes(deadlineMs)}.${fault.awsError ? ` Personalize refuses DeleteEventTracker with ${fault.awsError}.` : ''}`,
  remedy: `Find out what keeps ${eventTrackerArn ?? 'the earlier event tracker'} from being deleted. Then make the request again.`,
  retryable: true,
  ...aws(fault),
});

export const deletedOutOfBand = (eventTrackerArn: string): Failure => ({
  code: 'DELETED_OUT_OF_BAND',
  reason: `The event tracker ${eventTrackerArn} was deleted, and not by this service.`,
  remedy: 'Make the request again: it creates a new event tracker, with a new tracking ID.',
  retryable: true,
});
