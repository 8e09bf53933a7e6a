import type { Denial } from './accounts.ts';
import { type EventTrackerRecord, isAwaited, isSettled, type Status, type Tag } from './record.ts';

/** The statuses of a tracker in Personalize. */
export type TrackerStatus = Exclude<Status, 'DELETED' | 'RELEASED'>;

/** A tracker as DescribeEventTracker and ListTagsForResource report it. */
export interface ObservedTracker {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
  /** Present if the tracker was described. */
  readonly trackingId?: string;
  readonly name: string;
  /** Absent if Personalize does not report it. */
  readonly creationDateTime?: number;
  /**
   * Whether its tags name this record and this deployment (ownership.ts). NOT_VISIBLE: listed, but its description or tags are not found
   * (yet, or any more).
   */
  readonly tagged: 'OURS' | 'NOT_OURS' | 'UNREADABLE' | 'NOT_VISIBLE';
  /** All its tags, including those of this service; absent if they were not read. */
  readonly tags?: readonly Tag[];
  /** The other deployment of this service that created it, according to its tags. */
  readonly anotherDeployment?: string;
}

/**
 * One observation of Personalize. `described` is present if the record has an ARN. `listed`, the trackers of the group, is present if the
 * record has no ARN or its tracker was not found. `callerTags`, the callers' tags read twice, is present while they are being changed.
 * `denied`: our role is not allowed to read. `unreadable`: the response was an
 * unexpected refusal or an unknown status.
 */
export type Observation =
  | {
      readonly described?: ObservedTracker | 'NOT_FOUND';
      readonly listed?: readonly ObservedTracker[];
      readonly callerTags?: readonly (readonly Tag[] | 'NOT_FOUND')[];
      readonly denied?: undefined;
      readonly unreadable?: undefined;
    }
  | { readonly denied: Denial; readonly unreadable?: undefined }
  | {
      readonly unreadable: UnreadableResponse;
      readonly denied?: undefined;
      readonly described?: undefined;
      readonly listed?: undefined;
    };

export interface UnreadableResponse {
  readonly operation: string;
  /** In a few words. */
  readonly answer: string;
  readonly awsError?: string;
  readonly awsRequestId?: string;
}

/**
 * Whether the next decision depends on an observation. Before the preflight of a new request, Personalize has nothing of ours, and
 * a tracker of somebody else is found by the observation after it. An adoption needs no preflight: its tracker is there.
 */
export const needsObservation = (record: EventTrackerRecord): boolean =>
  !isSettled(record) && !isBeforePreflight(record);

const isBeforePreflight = (record: EventTrackerRecord): boolean =>
  isAwaited(record) &&
  record.checkedGeneration < record.generation &&
  !record.adoptExisting &&
  record.eventTrackerArn === undefined &&
  record.cleanup === undefined &&
  record.call === undefined &&
  record.missing === undefined;

/** It shows nothing that a decision could use. While tags are being changed, this includes a tracker that is not found. */
export const isUnusable = (observation: Observation): boolean =>
  observation.unreadable !== undefined ||
  ('callerTags' in observation && observation.callerTags?.includes('NOT_FOUND') === true);
