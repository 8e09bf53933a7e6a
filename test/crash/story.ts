import * as z from 'zod';

/*
 * What happened in a campaign of kills, as seen from outside: what clients asked and were answered, what the event stream delivered, which
 * trackers Personalize had. All times are milliseconds since the epoch, of one clock. The judge reads nothing else.
 */

/** A dataset group that is asked about. */
export interface Group {
  readonly datasetGroupArn: string;
  readonly tenantId: string;
  /** Without an Interactions dataset a creation is refused, by right. */
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
/** `accepted` (200 or 202), `shown` (200), or the reason of a refusal. */
export type Expectation =
  | 'accepted'
  | 'shown'
  | 'NAME_CONFLICT'
  | 'NOT_FAILED'
  | 'NOT_FOUND'
  | 'DATASET_GROUP_NOT_ALLOWED';

/** One time that a request was sent. `broken`: no answer came, so that it is unknown whether it was accepted. */
export interface Try {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly answer: number | 'broken';
}

/** One request of a careful client, which repeats it until it has a definite answer. */
export interface AcceptedRequest {
  readonly datasetGroupArn: string;
  /** Who asks. */
  readonly tenantId: string;
  readonly kind: Kind;
  readonly name?: string;
  readonly expects: readonly Expectation[];
  /** The generation that the answer must show, where the client alone changed the desired state. */
  readonly expectedGeneration?: number;
  readonly tries: readonly Try[];
  /** The definite answer; absent when none came. */
  readonly answer?: { readonly status: number; readonly reason?: string; readonly resource?: Resource };
}

/** An event as the stream delivered it; `at` is when it was first read. */
export interface PublishedEvent {
  readonly counter: number;
  readonly at: number;
  /** The envelope, as the stream wrote it. */
  readonly text: string;
}

/** A tracker in Personalize's own book, of which nothing is ever taken out. */
export interface BookedTracker {
  readonly eventTrackerArn: string;
  readonly trackingId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly createdAt: number;
  /** When it was, or will be, ACTIVE or CREATE FAILED. */
  readonly settledAt: number;
  readonly fails: boolean;
  /** When it was, or will be, gone; absent when nobody asked for its deletion. */
  readonly goneAt?: number;
}

/** One reading of all trackers of Personalize, by ListEventTrackers and DescribeEventTracker. */
export interface Reading {
  readonly at: number;
  readonly trackers: readonly { readonly eventTrackerArn: string; readonly datasetGroupArn: string }[];
}

/** How one dataset group stood when all was over. */
export interface Ending {
  readonly datasetGroupArn: string;
  /** As GET shows it; absent when it was never asked for. */
  readonly resource?: Resource;
  /** The record's sequence: how many events it has published. */
  readonly sequence?: number;
  /** Whether the record was idle. */
  readonly isIdle: boolean;
  /** What Personalize has on the group. */
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
  /** Every text that the stream ever gave under a counter, in the order of reading. */
  readonly received: readonly PublishedEvent[];
  /** The stream from the first event on, read once more when all was over. */
  readonly stream: readonly Omit<PublishedEvent, 'at'>[];
  readonly readings: readonly Reading[];
  readonly book: readonly BookedTracker[];
  readonly endings: readonly Ending[];
  /** What the runtime did that nobody asked for: it died by itself, or did not start. */
  readonly troubles: readonly string[];
}

/** Something that must not be. */
export interface Violation {
  /** Of which dataset group, where it is one's. */
  readonly datasetGroupArn?: string;
  readonly message: string;
}

/** Whether a request was accepted: 202, or 200 where its outcome was there already. */
export const isAccepted = ({ kind, answer }: AcceptedRequest): boolean =>
  kind !== 'GET' && (answer?.status === 200 || answer?.status === 202);
