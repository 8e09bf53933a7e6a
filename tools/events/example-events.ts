import {
  DRIFT_DETECTED,
  EVENT_SOURCE,
  type EventTrackerDriftDetected,
  type EventTrackerStateChange,
  type EventTrackerUpdated,
  SCHEMA_VERSION,
  STATE_CHANGE,
  UPDATED,
} from '../../events/contract.ts';

/** An event as EventBridge delivers it to a target. */
export interface ExampleEvent<DetailType extends string = string, Detail = object> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': DetailType;
  readonly source: typeof EVENT_SOURCE;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Detail;
}

const ARN = 'arn:aws:personalize:us-east-1:123456789012';
const trackerId = 'et-aqm2uhwb7pflkqipkzrbxen4hq';
const eventTrackerArn = `${ARN}:event-tracker/0123abcd`;
const common = { trackerId, name: 'shop', datasetGroupArn: `${ARN}:dataset-group/acme-shop` };

const envelope = (sequence: number, occurredAt: string): Omit<ExampleEvent, 'detail-type' | 'detail'> => ({
  version: '0',
  id: `00000000-0000-4000-8000-00000000000${sequence}`,
  source: EVENT_SOURCE,
  account: '123456789012',
  time: occurredAt,
  region: 'us-east-1',
  resources: [],
});
const metadata = (sequence: number, occurredAt: string): EventTrackerStateChange['metadata'] => ({
  eventId: `${trackerId}-${sequence}`,
  schemaVersion: SCHEMA_VERSION,
  sequence,
  tenantId: 'acme',
  correlationId: 'JKJaXmPLvHcESHA=',
  occurredAt,
});

function stateChange(
  sequence: number,
  occurredAt: string,
  data: Omit<EventTrackerStateChange['data'], keyof typeof common>,
): ExampleEvent<typeof STATE_CHANGE, EventTrackerStateChange> {
  const detail = { metadata: metadata(sequence, occurredAt), data: { ...common, ...data } };
  return { ...envelope(sequence, occurredAt), 'detail-type': STATE_CHANGE, detail };
}
function drift(
  sequence: number,
  occurredAt: string,
  data: Omit<EventTrackerDriftDetected['data'], keyof typeof common>,
): ExampleEvent<typeof DRIFT_DETECTED, EventTrackerDriftDetected> {
  const detail = { metadata: metadata(sequence, occurredAt), data: { ...common, ...data } };
  return { ...envelope(sequence, occurredAt), 'detail-type': DRIFT_DETECTED, detail };
}

function updated(
  sequence: number,
  occurredAt: string,
  data: Pick<EventTrackerUpdated['data'], 'outcome' | 'failure'>,
): ExampleEvent<typeof UPDATED, EventTrackerUpdated> {
  const ofTracker = { ...common, status: 'ACTIVE' as const, eventTrackerArn, clientContext: 'order 7' };
  const detail = { metadata: metadata(sequence, occurredAt), data: { ...ofTracker, ...data } };
  return { ...envelope(sequence, occurredAt), 'detail-type': UPDATED, detail };
}

/** An event for each outcome and for a drift, by the names of their files in events/examples. Together they are the history of one tracker. */
export const EVENT_EXAMPLES = {
  'create-failed': stateChange(1, '2026-11-24T12:00:02Z', {
    status: 'CREATE FAILED',
    previousStatus: 'CREATE PENDING',
    failure: {
      code: 'NO_INTERACTIONS_DATASET',
      reason: 'The dataset group has no Item interactions dataset.',
      remedy: 'Create an Item interactions dataset in the dataset group, then send the request again.',
      retryable: true,
    },
  }),
  active: stateChange(2, '2026-11-24T12:10:11Z', {
    status: 'ACTIVE',
    previousStatus: 'CREATE IN_PROGRESS',
    eventTrackerArn,
    trackingId: '00000000-0000-4000-8000-000000000000',
    clientContext: 'order 7',
  }),
  'drift-detected': drift(3, '2026-11-24T13:00:00Z', {
    status: 'ACTIVE',
    drift: 'STATUS_CHANGED',
    observedStatus: 'DELETE PENDING',
    eventTrackerArn,
    clientContext: 'order 7',
  }),
  updated: updated(4, '2026-11-24T13:10:00Z', { outcome: 'UPDATED' }),
  'update-failed': updated(5, '2026-11-24T13:20:00Z', {
    outcome: 'UPDATE_FAILED',
    failure: {
      code: 'ACCESS_DENIED',
      reason: "The service's role is not allowed to call TagResource.",
      remedy:
        "Allow the service's role to call personalize:TagResource; its own policy or a service control policy denies it. Then send the request again.",
      retryable: true,
      awsError: 'AccessDeniedException',
    },
  }),
  'deleted-out-of-band': stateChange(6, '2026-11-24T14:00:00Z', {
    status: 'DELETED',
    previousStatus: 'ACTIVE',
    eventTrackerArn,
    failure: {
      code: 'DELETED_OUT_OF_BAND',
      reason: `The event tracker ${eventTrackerArn} was deleted outside this service.`,
      remedy: 'Send the request again: it creates a new event tracker with a new tracking ID.',
      retryable: true,
    },
    clientContext: 'order 7',
  }),
  deleted: stateChange(7, '2026-11-24T15:00:00Z', { status: 'DELETED', previousStatus: 'DELETE PENDING' }),
  released: stateChange(8, '2026-11-24T16:00:00Z', { status: 'RELEASED', previousStatus: 'ACTIVE', eventTrackerArn }),
} as const satisfies Readonly<Record<string, ExampleEvent>>;
