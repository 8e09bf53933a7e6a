import { BUS_NAME, DETAIL_TYPES, type DetailType, EVENT_TYPES, SCHEMA_VERSION } from '../../events/contract.ts';
import { eventSchema } from './envelope.ts';
import { EVENT_EXAMPLES, type ExampleEvent } from './example-events.ts';
import { detailJsonSchema } from './schemas.ts';

/** The draft of JSON Schema that every AsyncAPI 3 parser supports without a plug-in. */
const DRAFT = 'draft-07';

/**
 * The AsyncAPI 3.0 document of the events: the bus as a channel, and for each detail-type an operation and a message with examples.
 * The payload is the whole event as a target receives it.
 */
export function asyncApiDocument(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Event trackers: events',
      version: `${SCHEMA_VERSION}.0`,
      description:
        'The events that a provisioning API for Amazon Personalize event trackers publishes on its EventBridge bus. Events are delivered at least once and in any order; sequence orders the events of one tracker. Within a major version, fields are only added: ignore fields that you do not know.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      eventbridge: {
        host: 'events.{region}.amazonaws.com',
        protocol: 'eventbridge',
        description: 'Amazon EventBridge, in the Region of the deployment',
        variables: { region: { default: 'us-east-1', description: 'The Region of the deployment' } },
      },
    },
    channels: {
      eventTrackers: {
        address: BUS_NAME,
        parameters: { stage: { default: 'dev', description: 'The stage of the deployment' } },
        description:
          'The event bus of the deployment: the output BusName of its stack. In the local runtime it is event-trackers',
        servers: [{ $ref: '#/servers/eventbridge' }],
        messages: ofEachType((_, key) => [key, { $ref: `#/components/messages/${key}` }]),
      },
    },
    operations: ofEachType((detailType, key) => [
      `publish${key.charAt(0).toUpperCase()}${key.slice(1)}`,
      operation(key, EVENT_TYPES[detailType].summary),
    ]),
    components: {
      messages: ofEachType((detailType, key) => [key, message(detailType, `${key}Detail`)]),
      schemas: ofEachType((detailType, key) => [`${key}Detail`, withoutDialect(detailJsonSchema(detailType, DRAFT))]),
    },
  };
}

const ofEachType = (entry: (detailType: DetailType, key: string) => [string, object]) =>
  Object.fromEntries(DETAIL_TYPES.map((detailType) => entry(detailType, EVENT_TYPES[detailType].key)));

const operation = (name: string, summary: string) => ({
  action: 'send',
  summary,
  channel: { $ref: '#/channels/eventTrackers' },
  messages: [{ $ref: `#/channels/eventTrackers/messages/${name}` }],
});

const message = (detailType: string, schema: string) => ({
  name: detailType.replaceAll(' ', ''),
  title: detailType,
  contentType: 'application/json',
  correlationId: { location: '$message.payload#/detail/metadata/correlationId' },
  payload: eventSchema(detailType, { $ref: `#/components/schemas/${schema}` }, (value) => ({ const: value })),
  examples: Object.entries(EVENT_EXAMPLES)
    .filter(([, example]: [string, ExampleEvent]) => example['detail-type'] === detailType)
    .map(([name, payload]) => ({ name, payload })),
});

/** AsyncAPI names the dialect itself. */
const withoutDialect = (schema: object): object =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== '$schema'));
