import { jsonObject } from '../../client/errors.ts';
import type { PutEventsInput } from '../../client/index.ts';
import type { CommandDefinition } from '../definition.ts';
import { EXIT, ParameterFailure, UsageFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { PUT_EVENTS_INPUT, PUT_EVENTS_OUTPUT } from '../shapes.ts';
import { REFERENCE_OPTIONS, referenceOf, trackerIdOf } from '../tracker-reference.ts';
import { validate } from '../validation.ts';
import { cliInput, structuresOf, valueOrFile } from '../values.ts';

const OPERATION = 'PutEvents';

export const putEvents: CommandDefinition = {
  words: ['put-events'],
  operation: OPERATION,
  summary: 'Sends interactions to Personalize.',
  description: [
    "Records up to 100 events by way of the service, which knows the tracking ID: the tracker must be ACTIVE, and the deployment have the setting events (NOT_ENABLED otherwise). An event's eventId is what Personalize knows it by when it is sent again; one is made where it is missing.",
    'Events are as in aws personalize-events put-events: sentAt is ISO 8601 or seconds since 1970, properties an object or its JSON.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    { flag: '--session-id', value: 'ID', help: "The session of the user's visit." },
    { flag: '--user-id', value: 'ID', help: 'The user.' },
    {
      flag: '--event-list',
      value: 'EVENT',
      isList: true,
      help: 'The events: eventType=E,sentAt=T,itemId=I and more of them, or JSON.',
    },
  ],
  examples: [
    {
      text: 'One event:',
      command:
        'event-trackers put-events --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --session-id session-1 --user-id user-1 --event-list eventType=click,sentAt=2026-11-24T12:00:00Z,itemId=item-1',
    },
  ],
  output:
    'accepted: how many Personalize took; failed: {index, reason, retryable} of the others, and then the exit code is 254.',
  input: { shape: () => PUT_EVENTS_INPUT, outputShape: () => PUT_EVENTS_OUTPUT, read: (_, values) => inputOf(values) },
  async run(context, values) {
    const reference = referenceOf(values, context.settings);
    const input = await inputOf(values);
    validate(input, PUT_EVENTS_INPUT);
    const client = context.client();
    const trackerId = await trackerIdOf(reference, client, OPERATION);
    const { accepted, failed } = await client.putEvents({ ...(input as Omit<PutEventsInput, 'trackerId'>), trackerId });
    await context.print({ accepted, failed }, OPERATION);
    if (failed.length === 0) return;
    const count = accepted + failed.length;
    context.note(
      `An error occurred when calling the ${OPERATION} operation: ${failed.length} of ${count} events were not taken`,
    );
    context.exitWith(EXIT.SERVICE);
  },
};

async function inputOf(values: Values): Promise<Record<string, unknown>> {
  const json = values.text('--cli-input-json');
  const yaml = values.text('--cli-input-yaml');
  const input = await cliInput({ ...(json !== undefined && { json }), ...(yaml !== undefined && { yaml }) });
  for (const [flag, member] of [
    ['--session-id', 'sessionId'],
    ['--user-id', 'userId'],
  ] as const) {
    const value = values.text(flag);
    if (value !== undefined) input[member] = valueOrFile(flag, value);
  }
  const events = values.list('--event-list');
  if (events !== undefined) input.eventList = structuresOf('--event-list', events);
  const missing = [
    ...(input.sessionId === undefined ? ['--session-id'] : []),
    ...(input.eventList === undefined ? ['--event-list'] : []),
  ];
  if (missing.length > 0 && json === undefined && yaml === undefined) {
    throw new UsageFailure(`the following arguments are required: ${missing.join(', ')}`);
  }
  if (Array.isArray(input.eventList)) input.eventList = input.eventList.map(converted);
  return input;
}

/** What the AWS CLI takes as texts and numbers, in the API's types. What does not fit is left to the check. */
function converted(event: unknown, index: number): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
  const { sentAt, properties, eventValue, ...rest } = { ...event } as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...(sentAt !== undefined && { sentAt: timeOf(sentAt, `eventList[${index}].sentAt`) }),
    // In shorthand every value is a text.
    ...(eventValue !== undefined && {
      eventValue:
        typeof eventValue === 'string' && /^-?\d+(\.\d+)?$/.test(eventValue) ? Number(eventValue) : eventValue,
    }),
    ...(properties !== undefined && { properties: propertiesOf(properties, `eventList[${index}].properties`) }),
  };
}

/** ISO 8601 in UTC; numbers are seconds since 1970. @throws ParameterFailure */
function timeOf(value: unknown, path: string): unknown {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value));
  const time = isNumber ? new Date(Number(value) * 1000) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time.toISOString();
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new ParameterFailure(
    `Parameter validation failed:\nInvalid value for parameter ${path}: must be an ISO 8601 time, as 2026-11-24T12:00:00Z, or seconds since 1970`,
  );
}

/** @throws ParameterFailure */
function propertiesOf(value: unknown, path: string): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const parsed = typeof value === 'string' ? jsonObject(value) : undefined;
  if (parsed !== undefined) return parsed;
  throw new ParameterFailure(
    `Parameter validation failed:\nInvalid value for parameter ${path}: must be an object, or the JSON of one`,
  );
}
