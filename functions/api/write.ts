import type { Log } from '../log.ts';
import type { CreateContext } from './context.ts';
import { createEventTracker } from './create-event-tracker.ts';
import type { OtherWrites } from './other-writes.ts';
import { apiHandler, type Operation } from './pipeline.ts';

/**
 * The operations that write.
 * @param loadOthers makes those besides CreateEventTracker, when the first of them is called: they are rare, and a quarter of the code
 */
export function createWriteHandler(context: CreateContext, loadOthers: () => Promise<OtherWrites>, log: Log) {
  let others: Promise<OtherWrites> | undefined;
  const other =
    (name: keyof OtherWrites): Operation =>
    async (event) => {
      others ??= loadOthers();
      return (await others)[name](event);
    };
  const operations = {
    CreateEventTracker: createEventTracker(context),
    BatchCreateEventTrackers: other('BatchCreateEventTrackers'),
    UpdateEventTracker: other('UpdateEventTracker'),
    DeleteEventTracker: other('DeleteEventTracker'),
    RetryEventTracker: other('RetryEventTracker'),
    RetryEventTrackers: other('RetryEventTrackers'),
    CancelOperation: other('CancelOperation'),
  };
  return apiHandler('write', operations, log);
}
