import * as z from 'zod';

/*
 * The story of a crash campaign as observed from outside: requests and responses, the event stream, and the trackers in Personalize. All
 * times are milliseconds since the epoch, from one clock. The judge reads nothing else.
 */

/** A dataset group and the tenant that may use it. */
export interface Group {
  readonly datasetGroupArn: string;
  readonly tenantId: string;
  /** Without an Interactions dataset, a creation correctly fails. */
  readonly hasInteractions: boolean;
}

export const resourceSchema = z.object({
  trackerId: z.string(),
  status: z.string(),
  generation: z.int(),
  name: z.string(),
  eventTrackerArn: z.string().optional(),
  trackingId: z.string().optional(),
  failure: z.object({ code: z.string(), reason: z.string() }).optional(),
});
/** An event tracker as the API shows it. */
export type Resource = z.infer<typeof resourceSchema>;

export type Kind = 'POST' | 'DELETE' | 'retry' | 'GET';
/** `accepted` (200 or 202), `shown` (200), or the reason of a rejection. */
export type Expectation =
  | 'accepted'
  | 'shown'
  | 'NAME_CONFLICT'
  | 'NOT_FAILED'
  | 'NOT_FOUND'
  | 'DATASET_GROUP_NOT_ALLOWED';

/** One attempt to send a request. `broken`: no response came, so it is unknown whether the request was accepted. */
export interface Try {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly answer: number | 'broken';
}

/** One request of a careful client, which repeats it until it gets a definite response. */
export interface AcceptedRequest {
  readonly datasetGroupArn: string;
  /** The tenant that sends it. */
  readonly tenantId: string;
  readonly kind: Kind;
  readonly name?: string;
  readonly expects: readonly Expectation[];
  /** The generation that the response must show, if no other client changes the desired state. */
  readonly expectedGeneration?: number;
  readonly tries: readonly Try[];
  /** The definite response; absent if none came. */
  readonly answer?: { readonly status: number; readonly reason?: string; readonly resource?: Resource };
}

/** An event as the stream delivered it. `at` is when it was first read. */
export interface PublishedEvent {
  readonly counter: number;
  readonly at: number;
  /** The envelope as the stream sent it. */
  readonly text: string;
}

/** A tracker in Personalize's own list, which keeps deleted trackers. */
export interface BookedTracker {
  readonly eventTrackerArn: string;
  readonly trackingId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly createdAt: number;
  /** When it became, or will become, ACTIVE or CREATE FAILED. */
  readonly settledAt: number;
  readonly fails: boolean;
  /** When it was, or will be, gone; absent if its deletion was not requested. */
  readonly goneAt?: number;
}

/** One reading of all trackers in Personalize, with ListEventTrackers and DescribeEventTracker. */
export interface Reading {
  readonly at: number;
  readonly trackers: readonly { readonly eventTrackerArn: string; readonly datasetGroupArn: string }[];
}

/** The final state of one dataset group. */
export interface Ending {
  readonly datasetGroupArn: string;
  /** The tracker as GET returns it; absent if it was never requested. */
  readonly resource?: Resource;
  /** The record's sequence: the number of its events. */
  readonly sequence?: number;
  /** Whether the record was idle. */
  readonly isIdle: boolean;
  /** The trackers that Personalize has in the dataset group. */
  readonly trackers: readonly {
    readonly eventTrackerArn: string;
    readonly status: string;
    readonly trackingId: string;
    readonly name: string;
  }[];
}

export interface Story {
  readonly groups: readonly Group[];
  readonly requests: readonly AcceptedRequest[];
  readonly kills: readonly { readonly at: number; readonly moment: string }[];
  /** Every distinct pair of counter and text that the stream delivered, in the order of reading. */
  readonly received: readonly PublishedEvent[];
  /** The whole stream, read again at the end. */
  readonly stream: readonly Omit<PublishedEvent, 'at'>[];
  readonly readings: readonly Reading[];
  readonly book: readonly BookedTracker[];
  readonly endings: readonly Ending[];
  /** Unexpected ends of the runtime: a crash, or a failed start. */
  readonly troubles: readonly string[];
}

/** A broken rule. */
export interface Violation {
  /** The dataset group, if the violation concerns one. */
  readonly datasetGroupArn?: string;
  readonly message: string;
}

/** Whether a request was accepted: 202, or 200 if its outcome was already recorded. */
export const isAccepted = ({ kind, answer }: AcceptedRequest): boolean =>
  kind !== 'GET' && (answer?.status === 200 || answer?.status === 202);
