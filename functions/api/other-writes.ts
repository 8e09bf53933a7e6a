import { batchCreateEventTrackers } from './batch-create-event-trackers.ts';
import { cancelOperation } from './cancel-operation.ts';
import type { WriteContext } from './context.ts';
import { deleteEventTracker } from './delete-event-tracker.ts';
import { retryEventTracker } from './retry-event-tracker.ts';
import { retryEventTrackers } from './retry-event-trackers.ts';
import { updateEventTracker } from './update-event-tracker.ts';

/** The operations that write, without CreateEventTracker. */
export const otherWrites = (context: WriteContext) => ({
  BatchCreateEventTrackers: batchCreateEventTrackers(context),
  UpdateEventTracker: updateEventTracker(context),
  DeleteEventTracker: deleteEventTracker(context),
  RetryEventTracker: retryEventTracker(context),
  RetryEventTrackers: retryEventTrackers(context),
  CancelOperation: cancelOperation(context),
});
export type OtherWrites = ReturnType<typeof otherWrites>;
