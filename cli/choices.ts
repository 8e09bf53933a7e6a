import type { EventTracker, ListEventTrackersInput } from '../client/index.ts';

/** Every status of the API. A status that the API adds is a type error here. */
const EACH_STATUS: Readonly<Record<EventTracker['status'], true>> = {
  'CREATE PENDING': true,
  'CREATE IN_PROGRESS': true,
  ACTIVE: true,
  'CREATE FAILED': true,
  'DELETE PENDING': true,
  'DELETE IN_PROGRESS': true,
  DELETED: true,
  RELEASED: true,
};
export const STATUSES = Object.keys(EACH_STATUS) as EventTracker['status'][];

type FailureCode = NonNullable<ListEventTrackersInput['failureCode']>[number];

/** Every failure code of the API, in the same way. */
const EACH_FAILURE: Readonly<Record<FailureCode, true>> = {
  DATASET_GROUP_NOT_FOUND: true,
  DATASET_GROUP_NOT_ACTIVE: true,
  NO_INTERACTIONS_DATASET: true,
  INTERACTIONS_DATASET_NOT_ACTIVE: true,
  ACCESS_DENIED: true,
  CONFLICT: true,
  REFUSED_BY_PERSONALIZE: true,
  CREATE_FAILED: true,
  DEADLINE_EXCEEDED: true,
  DELETED_OUT_OF_BAND: true,
  EVENT_TRACKER_NOT_FOUND: true,
};
export const FAILURE_CODES = Object.keys(EACH_FAILURE) as FailureCode[];
