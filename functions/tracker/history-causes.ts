/** Why a tracker's state moved, each with the sentence that the API returns beside it. A closed list: part of the API. */
export const HISTORY_CAUSES = {
  REQUESTED: 'An event tracker was requested.',
  REQUESTED_AGAIN: 'An event tracker was requested again.',
  RETRY_REQUESTED: 'A retry was requested.',
  DELETION_REQUESTED: 'The deletion was requested.',
  RELEASED: 'The adopted event tracker was released; Personalize keeps it.',
  WAITING_FOR_DATASET_GROUP: 'The dataset group is not ready yet.',
  WAITING_FOR_INTERACTIONS_DATASET: 'The Interactions dataset of the dataset group is not ready yet.',
  DATASET_GROUP_READY: 'The dataset group and its Interactions dataset are ACTIVE.',
  CREATE_ACKNOWLEDGED: 'CreateEventTracker returned the ARN of the event tracker.',
  STATUS_OBSERVED: 'Personalize reports this status.',
  FOUND_BY_TAGS: 'Personalize lists an event tracker with the tags of this request.',
  ADOPTED: 'An existing event tracker was adopted.',
  REAPPEARED: 'The event tracker that was missing is ACTIVE after all.',
  CREATE_FAILED_OBSERVED: 'Personalize reports CREATE FAILED; the failed event tracker is being deleted.',
  FAILED: 'The request failed.',
  UPDATE_REQUESTED: 'A change of the tags was requested.',
  UPDATED: 'Personalize has the requested tags.',
  UPDATE_FAILED: 'The change of the tags failed.',
  REPAIR_STARTED: 'The tags were changed in Personalize; the requested ones are being restored.',
  TRACKER_DISAPPEARED: 'Personalize no longer has the event tracker.',
  DELETED_OUT_OF_BAND: 'The event tracker was deleted by somebody else.',
  DELETION_COMPLETE: 'Personalize has deleted the event tracker.',
  CLEANUP_COMPLETE: 'What an earlier request left behind is deleted.',
} as const;

export type HistoryCause = keyof typeof HISTORY_CAUSES;
