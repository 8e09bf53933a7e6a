/**
 * The shapes of parameters and results, in the style of AWS service models. The skeleton (`--generate-cli-skeleton`) and the
 * validation of parameters are derived from them.
 */
export type Shape =
  | StringShape
  | { readonly type: 'number' | 'integer' | 'boolean' | 'document'; readonly documentation?: string }
  | ListShape
  | StructureShape;

export interface StringShape {
  readonly type: 'string';
  readonly documentation?: string;
  readonly min?: number;
  readonly max?: number;
  /** The pattern that the whole text must match, and the rule in words. */
  readonly pattern?: { readonly expression: RegExp; readonly rule: string };
}
export interface ListShape {
  readonly type: 'list';
  readonly documentation?: string;
  readonly member: Shape;
  readonly min?: number;
  readonly max?: number;
  /** The field whose values must be unique among the members. */
  readonly distinctBy?: string;
}
export interface StructureShape {
  readonly type: 'structure';
  readonly documentation?: string;
  readonly members: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** Members that the skeleton omits, because the AWS CLI does not have them. */
  readonly notInSkeleton?: readonly string[];
}

const TAG_CHARACTERS = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const TAG_RULE = 'may contain only letters, digits, spaces and _ . : / = + - @';

/** The name of a dataset group, the last part of its ARN. */
export const DATASET_GROUP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;
const DATASET_GROUP_ARN = /^arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:dataset-group\/[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;

/** A text of this many characters. Without `min` it may be empty. */
const text = (documentation?: string, { min, max, pattern }: Omit<StringShape, 'type'> = {}): StringShape => ({
  type: 'string',
  documentation,
  min,
  max,
  pattern,
});
const structure = (members: StructureShape['members'], required: readonly string[] = []): StructureShape => ({
  type: 'structure',
  members,
  required,
});

const datasetGroupArn = text('The Amazon Resource Name (ARN) of the dataset group that receives the event data.', {
  max: 256,
  pattern: {
    expression: DATASET_GROUP_ARN,
    rule: 'must be the ARN of a dataset group: arn:PARTITION:personalize:REGION:ACCOUNT:dataset-group/NAME',
  },
});
const name = text('The name for the event tracker.', {
  min: 1,
  max: 63,
  pattern: {
    expression: /^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/,
    rule: 'must start with a letter or digit, and contain only letters, digits, - and _',
  },
});
const tagText = { expression: TAG_CHARACTERS, rule: TAG_RULE };
const tags = (max: number): ListShape => ({
  type: 'list',
  documentation: 'A list of tags to apply to the event tracker.',
  max,
  distinctBy: 'tagKey',
  member: structure(
    {
      tagKey: text('One part of a key-value pair that makes up a tag.', { min: 1, max: 128, pattern: tagText }),
      tagValue: text('The optional part of a key-value pair that makes up a tag.', { max: 256, pattern: tagText }),
    },
    ['tagKey', 'tagValue'],
  ),
});

/** The input of Personalize's CreateEventTracker. */
export const PERSONALIZE_INPUT = structure({ name, datasetGroupArn, tags: tags(50) }, ['name', 'datasetGroupArn']);

/** The body of POST /event-trackers, without the members for platforms: `callback` and `tenantId`. */
export const CREATE_INPUT: StructureShape = {
  ...structure(
    {
      name,
      datasetGroupArn,
      // Personalize allows 50 tags per resource; the service adds two of its own.
      tags: tags(48),
      adoptExisting: {
        type: 'boolean',
        documentation: 'Take over an existing event tracker that this service did not create.',
      },
      waitForDatasetGroup: {
        type: 'boolean',
        documentation: 'Wait for a dataset group, or Interactions dataset, that does not exist yet.',
      },
      clientContext: text('Returned unchanged by the API and in events.', { max: 1024 }),
    },
    ['name', 'datasetGroupArn'],
  ),
  notInSkeleton: ['adoptExisting', 'waitForDatasetGroup', 'clientContext'],
};

/** The output of Personalize's CreateEventTracker. */
export const PERSONALIZE_OUTPUT = structure({
  eventTrackerArn: text('The ARN of the event tracker.'),
  trackingId: text('The ID of the event tracker.'),
});

/** The output of create-event-tracker for an ACTIVE tracker. */
export const CREATE_OUTPUT = structure({
  ...PERSONALIZE_OUTPUT.members,
  trackerId: text('The ID of the tracker in this service.'),
  status: text('The status of the tracker.'),
});

/** An ID or a name in an interaction. */
const word = (documentation?: string, max = 256): StringShape => text(documentation, { min: 1, max });

/** The body of POST /event-trackers/{trackerId}/events: the input of Personalize's PutEvents, but `properties` may be an object. */
export const PUT_EVENTS_INPUT = structure(
  {
    sessionId: word("The session ID associated with the user's visit."),
    userId: word('The user associated with the event.'),
    eventList: {
      type: 'list',
      documentation: 'A list of event data from the session.',
      min: 1,
      max: 100,
      member: structure(
        {
          eventType: word('The type of event, such as click or download.'),
          sentAt: text('When the event occurred: ISO 8601, or seconds since 1970.'),
          eventId: word('An ID associated with the event.'),
          itemId: word('The item ID key that corresponds to the ITEM_ID field.'),
          eventValue: { type: 'number', documentation: 'The event value that corresponds to the EVENT_VALUE field.' },
          properties: { type: 'document', documentation: 'A map of event-specific data: an object, or its JSON.' },
          recommendationId: word('The ID of the list of recommendations.', 40),
          impression: {
            type: 'list',
            documentation: 'A list of item IDs that was shown.',
            min: 1,
            max: 25,
            member: word(),
          },
          metricAttribution: {
            ...structure({ eventAttributionSource: word('The source of the event, such as a third party.', 1024) }, [
              'eventAttributionSource',
            ]),
            documentation: 'What the event is credited to.',
          },
        },
        ['eventType', 'sentAt'],
      ),
    },
  },
  ['sessionId', 'eventList'],
);

/** The output of put-events. */
export const PUT_EVENTS_OUTPUT = structure({
  accepted: { type: 'integer', documentation: 'The number of events that Personalize accepted.' },
  failed: {
    type: 'list',
    member: structure({
      index: { type: 'integer' },
      reason: text('The reason.'),
      remedy: text('What to do about it.'),
      retryable: { type: 'boolean' },
    }),
  },
});
