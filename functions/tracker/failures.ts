import type { Failure } from '../../events/contract.ts';
import type { Denial } from './accounts.ts';
import type { AlreadyExistsRefusal } from './record.ts';
import type { DatasetGroupPart } from './waiting-for.ts';

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
  'EVENT_TRACKER_NOT_FOUND',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Failures that this deployment's operators must fix: its role lacks a permission, or it waited for too long. */
export const SERVICE_FAULT_CODES: readonly FailureCode[] = ['ACCESS_DENIED', 'DEADLINE_EXCEEDED'];

/** The name and request id of an AWS error. */
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

/** Whether the error rejects the request itself. */
export const isRequestFault = ({ awsError }: { readonly awsError?: string | undefined }): boolean =>
  REQUEST_FAULTS.has(awsError);

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
    'Create the dataset group or correct datasetGroupArn, then send the request again. With waitForDatasetGroup the request waits for a dataset group that does not exist yet.',
  retryable: true,
  ...aws(fault),
});

export const datasetGroupNotActive = (datasetGroupArn: string, status: string, failureReason?: string): Failure => ({
  code: 'DATASET_GROUP_NOT_ACTIVE',
  reason: `The dataset group ${datasetGroupArn} is ${status}, but an event tracker needs an ACTIVE one.${failureReason ? ` Reason given by Personalize: ${quoted(failureReason)}` : ''}`,
  remedy: 'Delete the dataset group if it still exists and create it again, then send the request again.',
  retryable: true,
});

export const noInteractionsDataset = (datasetGroupArn: string): Failure => ({
  code: 'NO_INTERACTIONS_DATASET',
  reason: `The dataset group ${datasetGroupArn} has no Item interactions dataset. An event tracker writes to that dataset; it may be empty.`,
  remedy:
    'Create an Item interactions dataset in the dataset group, then send the request again. With waitForDatasetGroup the request waits for a dataset that does not exist yet.',
  retryable: true,
});

export const interactionsDatasetNotActive = (datasetGroupArn: string, status: string): Failure => ({
  code: 'INTERACTIONS_DATASET_NOT_ACTIVE',
  reason: `The Item interactions dataset of ${datasetGroupArn} is ${status}, but an event tracker needs an ACTIVE one.`,
  remedy: 'Delete the dataset if it still exists and create it again, then send the request again.',
  retryable: true,
});

/** @param state the last observed state of that part: `is CREATE PENDING` */
export const datasetGroupDeadlinePassed = (
  datasetGroupArn: string,
  { waitingFor, state }: { waitingFor: DatasetGroupPart; state: string },
  deadlineMs: number,
): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `${waitingFor === 'dataset-group' ? 'The dataset group' : 'The Item interactions dataset of'} ${datasetGroupArn} was not ready within ${minutes(deadlineMs)}: it ${state}.`,
  remedy: `Send the request again once ${waitingFor === 'dataset-group' ? 'the dataset group' : 'its Item interactions dataset'} is ACTIVE.`,
  retryable: true,
});

export const accessDenied = (fault: Denial): Failure => ({
  code: 'ACCESS_DENIED',
  ...textOfDenial(fault, 'send the request again'),
  retryable: true,
  ...aws({ awsError: awsErrorOf(fault), ...(fault.awsRequestId && { awsRequestId: fault.awsRequestId }) }),
});

/** @param then what to do once access is given, without a capital and a full stop */
export function textOfDenial({ operation, account }: Denial, then: string): Pick<Failure, 'reason' | 'remedy'> {
  switch (account?.why) {
    case undefined:
      return {
        reason: `The service's role is not allowed to call ${operation}.`,
        remedy: `Allow the service's role to call personalize:${operation}; its own policy or a service control policy denies it. Then ${then}.`,
      };
    case 'NOT_ALLOWED':
      return {
        reason: `The settings of this deployment do not allow event trackers of this tenant in the account ${account.accountId}, Region ${account.region}.`,
        remedy: `Add the account ${account.accountId} with this Region and tenant to the setting accounts, and deploy. Then ${then}.`,
      };
    case 'ROLE_REFUSED':
      return {
        reason: `The service could not use the role ${account.roleArn} in the account ${account.accountId}, Region ${account.region}: ${account.awsError}.`,
        remedy: `Check in the account ${account.accountId} that the role ${account.roleArn} exists, that its trust policy names this deployment and the external id of the setting accounts, and that the Region is enabled. Then ${then}.`,
      };
    case 'NOT_PERMITTED':
      return {
        reason: `The role ${account.roleArn} in the account ${account.accountId} is not allowed to call ${operation}.`,
        remedy: `Allow the role ${account.roleArn} to call personalize:${operation} in the Region ${account.region}; its own policy or a service control policy denies it. Then ${then}.`,
      };
  }
}

/** Without a call there is no error of AWS. */
function awsErrorOf({ account }: Denial): string | undefined {
  if (account?.why === 'NOT_ALLOWED') return undefined;
  return account?.why === 'ROLE_REFUSED' ? account.awsError : 'AccessDeniedException';
}

/** The text names the deployment that created the existing event tracker, because that deployment should delete it. */
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
    reason: `The dataset group already has the event tracker ${eventTrackerArn}, ${by}. A dataset group can have only one event tracker.`,
    remedy: `${deletion} and send the request again, or take it over: send the request with adoptExisting, which needs the scope event-trackers/adopt.`,
    retryable: true,
    ...aws({ awsError: refusal?.code, awsRequestId: refusal?.awsRequestId }),
  };
}

export const alreadyExists = (refusal: AlreadyExistsRefusal, deadlineMs: number): Failure => ({
  code: 'CONFLICT',
  reason: `For ${minutes(deadlineMs)} Personalize rejected CreateEventTracker with ${refusal.code}, although it shows no event tracker in the dataset group.`,
  remedy:
    'Send the request again later. If it fails in the same way, ask AWS Support what blocks the creation in the dataset group.',
  retryable: true,
  ...aws({ awsError: refusal.code, awsRequestId: refusal.awsRequestId }),
});

const remedyOfRefusal = ({ awsError }: AwsFault): Pick<Failure, 'remedy' | 'retryable'> =>
  isRequestFault({ awsError })
    ? { remedy: 'Correct what Personalize rejects, then send the corrected request.', retryable: false }
    : { remedy: 'Resolve what Personalize reports, then send the request again.', retryable: true };

export const refusedByPersonalize = (message: string, fault: AwsFault): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `Personalize rejected CreateEventTracker: ${quoted(message)}`,
  ...remedyOfRefusal(fault),
  ...aws(fault),
});

export const preflightRefused = (operation: string, message: string, fault: AwsFault): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `The check of the dataset group failed because Personalize rejected ${operation}: ${quoted(message)}`,
  ...remedyOfRefusal(fault),
  ...aws(fault),
});

export const responsesUnreadable = (
  { operation, answer, ...fault }: AwsFault & { operation: string; answer: string },
  deadlineMs: number,
): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `For ${minutes(deadlineMs)} no response of Personalize could be used; the last response to ${operation} was ${answer}. An event tracker that the request may have created is deleted once it can be read.`,
  remedy: `Send the request again later. If it fails in the same way, ask AWS Support about ${operation}.`,
  retryable: true,
  ...aws(fault),
});

export const creationFailed = ({ eventTrackerArn }: { eventTrackerArn: string }): Failure => ({
  code: 'CREATE_FAILED',
  reason: `Personalize reports CREATE FAILED for ${eventTrackerArn}. It gives no reason for event trackers.`,
  remedy: 'Send the request again. If it fails again, ask AWS Support.',
  retryable: true,
});

export const deadlinePassed = (status: string, eventTrackerArn: string, deadlineMs: number): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `The event tracker ${eventTrackerArn} was still ${status} ${minutes(deadlineMs)} after CreateEventTracker returned. It is deleted as soon as Personalize allows.`,
  remedy:
    'Send the request again: a new event tracker is created once this one is deleted. If it fails again, ask AWS Support.',
  retryable: true,
});

export const removalDeadlinePassed = (
  eventTrackerArn: string | undefined,
  deadlineMs: number,
  fault: AwsFault = {},
): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: `An earlier event tracker${eventTrackerArn ? ` (${eventTrackerArn})` : ''} has to be deleted first, but could not be deleted within ${minutes(deadlineMs)}.${fault.awsError ? ` Personalize rejects DeleteEventTracker with ${fault.awsError}.` : ''}`,
  remedy: `Find out why ${eventTrackerArn ?? 'the earlier event tracker'} cannot be deleted. Then send the request again.`,
  retryable: true,
  ...aws(fault),
});

export const deletedOutOfBand = (eventTrackerArn: string): Failure => ({
  code: 'DELETED_OUT_OF_BAND',
  reason: `The event tracker ${eventTrackerArn} was deleted outside this service.`,
  remedy: 'Send the request again: it creates a new event tracker with a new tracking ID.',
  retryable: true,
});

/** A refusal of a call that changes tags. */
export const tagsRefused = (message: string, fault: AwsFault): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `Personalize rejected the change of tags: ${quoted(message)}`,
  ...remedyOfRefusal(fault),
  ...aws(fault),
});

/** @param refusal the last refusal, if there was one */
export const tagsNotShown = (
  refusal: (AwsFault & { readonly operation: string }) | undefined,
  deadlineMs: number,
): Failure => ({
  code: 'DEADLINE_EXCEEDED',
  reason: refusal
    ? `For ${minutes(deadlineMs)} Personalize rejected ${refusal.operation} with ${refusal.awsError}.`
    : `Personalize did not show the requested tags within ${minutes(deadlineMs)}, although it accepted them. Something else may be changing them.`,
  remedy: 'Retry the change once nothing else changes the event tracker.',
  retryable: true,
  ...aws(refusal ?? {}),
});

export const tagsUnreadable = (
  { operation, answer, ...fault }: AwsFault & { operation: string; answer: string },
  deadlineMs: number,
): Failure => ({
  code: 'REFUSED_BY_PERSONALIZE',
  reason: `For ${minutes(deadlineMs)} no response of Personalize could be used; the last response to ${operation} was ${answer}. The tags may have been changed.`,
  remedy: `Retry the change later. If it fails in the same way, ask AWS Support about ${operation}.`,
  retryable: true,
  ...aws(fault),
});

export const trackerNotFound = (eventTrackerArn: string): Failure => ({
  code: 'EVENT_TRACKER_NOT_FOUND',
  reason: `Personalize does not find the event tracker ${eventTrackerArn}.`,
  remedy: 'The drift check finds out whether it was deleted. If it exists, retry the change.',
  retryable: true,
});

/** The tags of a tracker that another deployment created are changed there. */
export const tagsOfAnotherDeployment = (eventTrackerArn: string, deployment: string): Failure => ({
  code: 'CONFLICT',
  reason: `The event tracker ${eventTrackerArn} belongs to another deployment of this service, ${JSON.stringify(quoted(deployment))}, as its tags say.`,
  remedy: 'Change its tags through that deployment.',
  retryable: true,
});
