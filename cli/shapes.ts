/**
 * The shapes of parameters and results, in the style of AWS service models. The skeleton (`--generate-cli-skeleton`) and the
 * validation of parameters are derived from them.
 */
export type Shape =
  | StringShape
  | { readonly type: 'number' | 'integer' | 'boolean' | 'timestamp' | 'document'; readonly documentation?: string }
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
  /** Members that the skeleton omits: those that the AWS CLI does not have, and switches that a filled-in skeleton must not set. */
  readonly notInSkeleton?: readonly string[];
  /** Members that exclude each other. With `isRequired`, exactly one of them must be given. */
  readonly alternatives?: { readonly names: readonly string[]; readonly isRequired: boolean };
}

const TAG_CHARACTERS = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const TAG_RULE = 'may contain only letters, digits, spaces and _ . : / = + - @';

/** The name of a dataset group, the last part of its ARN. */
export const DATASET_GROUP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;
const DATASET_GROUP_ARN = /^arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:dataset-group\/[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;

/** A text of this many characters. Without `min` it may be empty. */
export const text = (documentation?: string, { min, max, pattern }: Omit<StringShape, 'type'> = {}): StringShape => ({
  type: 'string',
  documentation,
  min,
  max,
  pattern,
});
export const structure = (members: StructureShape['members'], required: readonly string[] = []): StructureShape => ({
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

const tenantId = text('For platforms only: the tenant to act for.', { min: 1 });

/** The body of POST /event-trackers, without `callback`. */
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
      tenantId,
    },
    ['name', 'datasetGroupArn'],
  ),
  notInSkeleton: ['adoptExisting', 'waitForDatasetGroup', 'clientContext', 'tenantId'],
};

const eventTrackerArn = text('The Amazon Resource Name (ARN) of the event tracker.', {
  max: 256,
  pattern: {
    expression: /^arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:event-tracker\/.+$/,
    rule: 'must be the ARN of an event tracker: arn:PARTITION:personalize:REGION:ACCOUNT:event-tracker/ID',
  },
});
const referenceMembers = {
  trackerId: text('The ID of the tracker in this service.', {
    pattern: {
      expression: /^et-[a-z2-7]{26}$/,
      rule: 'must be et- and 26 letters or digits; for an ARN, use eventTrackerArn or datasetGroupArn',
    },
  }),
  eventTrackerArn,
  datasetGroupArn,
};

/** The parameters that identify an event tracker, and others. Exactly one of trackerId and the ARNs is given. */
export const withReference = (
  { members, required, notInSkeleton = [] }: StructureShape = structure({}),
  isRequired = true,
): StructureShape => ({
  ...structure({ ...referenceMembers, tenantId, ...members }, required),
  notInSkeleton: ['tenantId', ...notInSkeleton],
  alternatives: { names: Object.keys(referenceMembers), isRequired },
});

/** The input of Personalize's DescribeEventTracker. */
export const PERSONALIZE_REFERENCE = structure({ eventTrackerArn }, ['eventTrackerArn']);

/** The input of batch-create-event-trackers: any number of requests. */
export const BATCH_INPUT: StructureShape = {
  ...structure({ requests: { type: 'list', documentation: 'The requests.', min: 1, member: CREATE_INPUT }, tenantId }, [
    'requests',
  ]),
  notInSkeleton: ['tenantId'],
};

/** The body of PATCH /event-trackers/{trackerId}, without what null removes. */
export const UPDATE_INPUT = withReference({
  ...structure({
    tags: { ...tags(48), documentation: 'All tags that the event tracker should have.' },
    clientContext: text('Returned unchanged by the API and in events.', { max: 1024 }),
  }),
  notInSkeleton: ['clientContext'],
});

/** The input of delete-event-tracker. */
export const DELETE_INPUT = withReference({
  ...structure({
    destroy: { type: 'boolean', documentation: 'Delete an adopted tracker instead of releasing it.' },
  }),
  notInSkeleton: ['destroy'],
});

const texts = (documentation: string): ListShape => ({ type: 'list', documentation, min: 1, member: text() });

/** The query of GET /event-trackers. */
export const LIST_INPUT: StructureShape = {
  ...structure({
    datasetGroupArn,
    status: texts('The statuses of the trackers to list.'),
    failureCode: texts('The failures of the trackers to list.'),
    nameContains: text('A part of the name of the trackers to list.', { max: 63 }),
    sortBy: text('The order of the trackers: trackerId or lastUpdatedDateTime.'),
    nextToken: text('The nextToken of the previous page.'),
    maxResults: { type: 'integer', documentation: 'The maximum number of trackers in a page.' },
    tenantId,
  }),
  notInSkeleton: ['tenantId'],
};

/** The query of GET /event-trackers/summary. */
export const SUMMARY_INPUT: StructureShape = { ...structure({ tenantId }), notInSkeleton: ['tenantId'] };

const operationId = text('The ID of the operation.', {
  pattern: { expression: /^op-[a-z2-7]{26}$/, rule: 'must be op- and 26 letters or digits' },
});

/** The body of POST /event-trackers/retry. */
export const RETRY_MANY_INPUT = structure(
  {
    failureCodes: texts('The failures to retry.'),
    tenantIds: { ...texts('The tenants whose trackers to retry; all if omitted.'), max: 100 },
    since: text('Only trackers that last changed then or later: ISO 8601.'),
    limit: { type: 'integer', documentation: 'The maximum number of trackers.' },
  },
  ['failureCodes'],
);

export const OPERATION_INPUT = structure({ operationId }, ['operationId']);

/** The query of GET /operations. */
export const OPERATIONS_INPUT = structure({
  maxResults: { type: 'integer', documentation: 'The maximum number of operations in a page.' },
  nextToken: text('The nextToken of the previous page.'),
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
