import type { Status, Tag } from './record.ts';

/** Personalize's own states of a tracker. */
export type TrackerStatus = Exclude<Status, 'DELETED' | 'RELEASED'>;

/** A tracker as DescribeEventTracker and ListTagsForResource report it. */
export interface ObservedTracker {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
  /** Known when it was described. */
  readonly trackingId?: string;
  readonly name: string;
  /** Unknown where Personalize does not report it. */
  readonly creationDateTime?: number;
  /**
   * Whether its tags name this record and this deployment (ownership.ts). NOT_VISIBLE: listed, but describe or its tags do not
   * know it (yet, or any more).
   */
  readonly tagged: 'OURS' | 'NOT_OURS' | 'UNREADABLE' | 'NOT_VISIBLE';
  /** All its tags, this service's own included, where they were read. */
  readonly tags?: readonly Tag[];
  /** The other deployment of this service that created it, as its tags name it. */
  readonly anotherDeployment?: string;
}

/**
 * What one observation of Personalize showed. `described` is present when the record has an ARN; `listed`, the group's trackers,
 * when it has none or its tracker was not found. `denied`: our role may not read. `unreadable`: Personalize answered with an
 * unexpected refusal or an unknown status.
 */
export type Observation =
  | {
      readonly described?: ObservedTracker | 'NOT_FOUND';
      readonly listed?: readonly ObservedTracker[];
      readonly denied?: undefined;
      readonly unreadable?: undefined;
    }
  | { readonly denied: { readonly operation: string; readonly awsRequestId?: string }; readonly unreadable?: undefined }
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
