import { type ListShape, type Shape, type StructureShape, structure, text } from './shapes.ts';

/** The shapes of the results, for `--generate-cli-skeleton output`. */

const integer: Shape = { type: 'integer' };
const boolean: Shape = { type: 'boolean' };
const timestamp: Shape = { type: 'timestamp' };
const list = (members: StructureShape['members']): ListShape => ({ type: 'list', member: structure(members) });

/** The output of Personalize's CreateEventTracker. */
export const PERSONALIZE_OUTPUT = structure({ eventTrackerArn: text(), trackingId: text() });

/** The output of create-event-tracker and retry-event-tracker for an ACTIVE tracker. */
export const CREATE_OUTPUT = structure({ ...PERSONALIZE_OUTPUT.members, trackerId: text(), status: text() });

/** One line of batch-create-event-trackers for a request that was accepted. */
export const BATCH_OUTPUT = structure({ datasetGroupArn: text(), trackerId: text(), status: text() });

export const UPDATE_OUTPUT = structure({
  trackerId: text(),
  status: text(),
  tags: list({ tagKey: text(), tagValue: text() }),
});

export const DELETE_OUTPUT = structure({ trackerId: text(), status: text() });

const failure = structure({
  code: text(),
  reason: text(),
  remedy: text(),
  retryable: boolean,
  awsError: text(),
  awsRequestId: text(),
});

const eventTracker = structure({
  trackerId: text(),
  name: text(),
  datasetGroupArn: text(),
  tenantId: text(),
  status: text(),
  generation: integer,
  eventTrackerArn: text(),
  trackingId: text(),
  tags: list({ tagKey: text(), tagValue: text() }),
  clientContext: text(),
  waitForDatasetGroup: boolean,
  desiredTags: list({ tagKey: text(), tagValue: text() }),
  updateFailure: failure,
  failure,
  progress: structure({ waitingFor: text(), attempt: integer, nextPollAt: timestamp }),
  adopted: boolean,
  creationDateTime: timestamp,
  lastUpdatedDateTime: timestamp,
});

export const DESCRIBE_OUTPUT = structure({ eventTracker });

/** The output of Personalize's DescribeEventTracker. */
export const PERSONALIZE_DESCRIBE_OUTPUT = structure({
  eventTracker: structure({
    name: text(),
    eventTrackerArn: text(),
    accountId: text(),
    trackingId: text(),
    datasetGroupArn: text(),
    status: text(),
    creationDateTime: timestamp,
    lastUpdatedDateTime: timestamp,
  }),
});

export const LIST_OUTPUT = structure({ eventTrackers: { type: 'list', member: eventTracker }, nextToken: text() });

/** The statuses and failure codes are the names of the members. */
export const SUMMARY_OUTPUT = structure({
  total: integer,
  byStatus: { type: 'document' },
  byFailureCode: { type: 'document' },
});

const operation = structure({
  operationId: text(),
  type: text(),
  status: text(),
  filter: structure({
    failureCodes: { type: 'list', member: text() },
    tenantIds: { type: 'list', member: text() },
    since: timestamp,
    limit: integer,
  }),
  counts: structure({ matched: integer, retried: integer, skipped: integer, failed: integer, remaining: integer }),
  failures: list({ trackerId: text(), reason: text() }),
  creationDateTime: timestamp,
  lastUpdatedDateTime: timestamp,
  endDateTime: timestamp,
});
export const OPERATION_OUTPUT = structure({ operation });
export const OPERATIONS_OUTPUT = structure({ operations: { type: 'list', member: operation }, nextToken: text() });

const transition = {
  at: timestamp,
  generation: integer,
  status: text(),
  cause: text(),
  message: text(),
  awsRequestId: text(),
};

export const HISTORY_OUTPUT = structure({ trackerId: text(), transitions: list(transition) });

/** One line of watch. */
export const WATCH_OUTPUT = structure({ trackerId: text(), name: text(), datasetGroupArn: text(), ...transition });

export const PUT_EVENTS_OUTPUT = structure({
  accepted: integer,
  failed: list({ index: integer, reason: text(), remedy: text(), retryable: boolean }),
});

export const NO_OUTPUT = structure({});
