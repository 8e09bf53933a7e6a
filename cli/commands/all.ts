import type { CommandDefinition } from '../definition.ts';
import { batchCreateEventTrackers } from './batch-create-event-trackers.ts';
import { completionOf } from './completion.ts';
import { createEventTracker } from './create-event-tracker.ts';
import { deleteEventTracker } from './delete-event-tracker.ts';
import { describeEventTracker } from './describe-event-tracker.ts';
import { history } from './history.ts';
import { listEventTrackers } from './list-event-trackers.ts';
import {
  cancelOperation,
  describeOperation,
  listOperations,
  retryEventTrackers,
  waitOperationEnded,
} from './operations.ts';
import { putEvents } from './put-events.ts';
import { retryEventTracker } from './retry-event-tracker.ts';
import { summarizeEventTrackers } from './summarize-event-trackers.ts';
import { updateEventTracker } from './update-event-tracker.ts';
import { waitEventTrackerActive, waitEventTrackerDeleted, waitEventTrackerUpdated } from './wait.ts';
import { watch } from './watch.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  createEventTracker,
  batchCreateEventTrackers,
  describeEventTracker,
  listEventTrackers,
  summarizeEventTrackers,
  updateEventTracker,
  deleteEventTracker,
  retryEventTracker,
  retryEventTrackers,
  describeOperation,
  listOperations,
  cancelOperation,
  putEvents,
  waitEventTrackerActive,
  waitEventTrackerUpdated,
  waitEventTrackerDeleted,
  waitOperationEnded,
  history,
  watch,
  ...completionOf(() => COMMANDS),
];
