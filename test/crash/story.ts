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
  /** Personalize sometimes denies a change of tags, which then correctly fails. */
  readonly mayDenyTags?: boolean;
}

const tags = z.array(z.object({ tagKey: z.string(), tagValue: z.string() }));
export type Tag = z.infer<typeof tags>[number];
const failure = z.object({ code: z.string(), reason: z.string() });

export const resourceSchema = z.object({
  trackerId: z.string(),
  status: z.string(),
  generation: z.int(),
  name: z.string(),
  tags,
  desiredTags: tags.optional(),
  clientContext: z.string().optional(),
  eventTrackerArn: z.string().optional(),
  trackingId: z.string().optional(),
  failure: failure.optional(),
  updateFailure: failure.optional(),
  progress: z.object({ waitingFor: z.string() }).optional(),
});
/** An event tracker as the API shows it. */
export type Resource = z.infer<typeof resourceSchema>;

export type Kind = 'POST' | 'PATCH' | 'DELETE' | 'retry' | 'GET';
/** The rejections that a caller may expect, by their reason. */
export const REJECTIONS = [
  'NAME_CONFLICT',
  'TAGS_CONFLICT',
  'NOT_FAILED',
  'NOT_ACTIVE',
  'NOT_FOUND',
  'DATASET_GROUP_NOT_ALLOWED',
  'PRECONDITION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
  'INVALID_REQUEST',
] as const;
/** `accepted` (200 or 202), `shown` (200), or the reason of a rejection. */
export type Expectation = 'accepted' | 'shown' | (typeof REJECTIONS)[number];

/** What PATCH can change. */
export interface Desired {
  readonly tags: readonly Tag[];
  /** Absent: none. */
  readonly clientContext?: string;
}

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
  /** The tags that POST or PATCH asks for; absent: it names none. */
  readonly tags?: readonly Tag[];
  /** It was accepted before with the same key. It must be answered as a repeat, and starts nothing. */
  readonly isReplay?: boolean;
  readonly expects: readonly Expectation[];
  /** The generation that the response must show, if no other client changes the desired state. */
  readonly expectedGeneration?: number;
  /** The tags and the context that are desired if the request is accepted: those in the response, and in the end those of the newest request. */
  readonly expectedDesired?: Desired;
  readonly tries: readonly Try[];
  /** The definite response; absent if none came. */
  readonly answer?: {
    readonly status: number;
    readonly reason?: string;
    readonly resource?: Resource;
    readonly etag?: string;
    /** The header Idempotency-Replayed: the key was used before. */
    readonly isReplayed?: boolean;
  };
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
    /** All of them, also those of this service. */
    readonly tags: readonly Tag[];
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

/** Whether a request was accepted for the first time. */
export const isNew = (request: AcceptedRequest): boolean => isAccepted(request) && !request.isReplay;

/** The tags that are desired according to a response. */
export const desiredTagsOf = ({ tags, desiredTags }: Resource): readonly Tag[] => desiredTags ?? tags;

/** Whether both are the same tags, in whatever order. */
export const areSameTags = (left: readonly Tag[], right: readonly Tag[]): boolean =>
  left.length === right.length &&
  left.every((tag) => right.some(({ tagKey, tagValue }) => tagKey === tag.tagKey && tagValue === tag.tagValue));
