import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { interactionsDatasetOf } from './datasets.ts';
import { isDeletable, passage, summaryOf } from './lifecycle.ts';
import { type Context, found, operation, page } from './operation.ts';
import { Arn, Name, Paging, Tags } from './shapes.ts';
import type { Seen, TrackerRecord } from './state.ts';
import { checkTags } from './tags.ts';

export const CreateEventTracker = operation({
  input: z.object({ name: Name, datasetGroupArn: Arn, tags: Tags.optional() }),
  writes: true,
  act({ name, datasetGroupArn, tags }, { state, now, twist }) {
    const checkedTags = checkTags(tags);
    const group = found(state.group(datasetGroupArn, now), datasetGroupArn);
    if (group.phase.status !== 'ACTIVE') {
      throw new AwsError('ResourceInUseException', `Dataset group ${datasetGroupArn} is ${group.phase.status}.`);
    }
    // AWS does not document the error for a missing dataset. Of the documented ones, InvalidInputException is the one that no caller
    // mistakes for an existing tracker.
    if (interactionsDatasetOf(state, datasetGroupArn, now) === undefined) {
      throw new AwsError(
        'InvalidInputException',
        `Dataset group ${datasetGroupArn} has no ACTIVE Interactions dataset.`,
      );
    }
    // Also if the earlier one has failed or is being deleted: it exists until its deletion is complete.
    if (state.trackersOf(datasetGroupArn, now).some(countsForGroup)) {
      throw new AwsError('ResourceAlreadyExistsException', `Dataset group ${datasetGroupArn} has an event tracker.`);
    }
    const { createPendingMs, createInProgressMs } = state.timing;
    const creation = passage(now, createPendingMs, createInProgressMs, twist?.fault);
    const eventTrackerArn = state.newTrackerArn();
    const trackingId = randomUUID();
    state.putTracker({
      sequence: state.nextSequence(),
      name,
      eventTrackerArn,
      trackingId,
      datasetGroupArn,
      tags: checkedTags,
      lifecycle: { creation },
    });
    return { eventTrackerArn, trackingId };
  },
});

export const DescribeEventTracker = operation({
  input: z.object({ eventTrackerArn: Arn }),
  act({ eventTrackerArn }, context) {
    const tracker = visibleTracker(eventTrackerArn, context);
    const { trackingId, datasetGroupArn } = tracker;
    return {
      eventTracker: { ...summary(tracker), accountId: context.state.place.accountId, trackingId, datasetGroupArn },
    };
  },
});

export const ListEventTrackers = operation({
  input: z.object({ datasetGroupArn: Arn.optional(), ...Paging }),
  // A group that does not exist gives an empty list: the operation models no ResourceNotFoundException.
  act({ datasetGroupArn, ...paging }, context) {
    const { state, now } = context;
    const trackers = datasetGroupArn === undefined ? state.trackers(now) : state.trackersOf(datasetGroupArn, now);
    const listed = trackers.filter((tracker) => isVisible(tracker, 'stale-list', context));
    const { items, nextToken } = page(listed, `ListEventTrackers ${datasetGroupArn ?? ''}`, paging);
    return { eventTrackers: items.map(summary), nextToken };
  },
});

export const DeleteEventTracker = operation({
  input: z.object({ eventTrackerArn: Arn }),
  writes: true,
  act({ eventTrackerArn }, { state, now, twist }): undefined {
    const { phase, ...tracker } = found(state.tracker(eventTrackerArn, now), eventTrackerArn);
    if (!countsForGroup(tracker)) {
      throw new AwsError(
        'ResourceInUseException',
        `Event tracker ${eventTrackerArn} belongs to ${tracker.datasetArn}.`,
      );
    }
    if (!isDeletable(phase)) {
      throw new AwsError('ResourceInUseException', `Event tracker ${eventTrackerArn} is ${phase.status}.`);
    }
    const { deletePendingMs, deleteInProgressMs } = state.timing;
    const deletion = passage(now, deletePendingMs, deleteInProgressMs, twist?.fault);
    state.putTracker({ ...tracker, lifecycle: { ...tracker.lifecycle, deletion } });
  },
});

/** The tracker of an Action_Interactions dataset does not count for "one per dataset group". */
export const countsForGroup = (tracker: TrackerRecord): boolean => tracker.datasetArn === undefined;

function visibleTracker(eventTrackerArn: string, context: Context): Seen<TrackerRecord> {
  const tracker = context.state.tracker(eventTrackerArn, context.now);
  const isKnown = tracker !== undefined && isVisible(tracker, 'stale-describe', context);
  return found(isKnown ? tracker : undefined, eventTrackerArn);
}

function isVisible(
  tracker: TrackerRecord,
  staleness: 'stale-list' | 'stale-describe',
  { now, twist }: Context,
): boolean {
  return twist?.fault !== staleness || !('lagMs' in twist) || tracker.lifecycle.creation.at < now - twist.lagMs;
}

const summary = (tracker: Seen<TrackerRecord>) => ({
  eventTrackerArn: tracker.eventTrackerArn,
  ...summaryOf(tracker),
});
