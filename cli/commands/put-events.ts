import type { PutEventsInput } from '../../client/index.ts';
import { parseJson } from '../../input/json.ts';
import { counted } from '../counted.ts';
import type { CommandDefinition, Input } from '../definition.ts';
import { EXIT, ParameterFailure } from '../failures.ts';
import { PUT_EVENTS_OUTPUT } from '../output-shapes.ts';
import { PUT_EVENTS_INPUT, withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';

const OPERATION = 'PutEvents';

export const putEvents: CommandDefinition = {
  words: ['put-events'],
  operation: OPERATION,
  summary: 'Sends interactions to Personalize.',
  description: [
    'Sends up to 100 interactions through the service, which adds the tracking ID. The tracker must be ACTIVE, and the deployment must have the setting events (otherwise NOT_ENABLED). Personalize recognizes a repeated interaction by its eventId; one is generated if you omit it.',
    'Interactions have the format of aws personalize-events put-events. sentAt is an ISO 8601 time or seconds since 1970; properties is an object or its JSON.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    { flag: '--session-id', value: 'ID', help: "The session ID of the user's visit." },
    { flag: '--user-id', value: 'ID', help: 'The user ID.' },
    {
      flag: '--event-list',
      value: 'EVENT',
      isList: true,
      help: 'The interactions, in shorthand (eventType=E,sentAt=T,itemId=I ...) or as JSON.',
    },
  ],
  examples: [
    {
      text: 'Send one interaction:',
      command:
        'event-trackers put-events --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --session-id session-1 --user-id user-1 --event-list eventType=click,sentAt=2026-11-24T12:00:00Z,itemId=item-1',
    },
  ],
  output:
    'accepted: the number of interactions that Personalize accepted; failed: {index, reason, remedy, retryable} for each of the others. The exit code is 254 if any failed.',
  shapes: { input: () => withReference(PUT_EVENTS_INPUT), output: () => PUT_EVENTS_OUTPUT, convert },
  async run(context, _, { trackerId: _id, eventTrackerArn, datasetGroupArn, tenantId, ...body }) {
    const reference = { trackerId: _id, eventTrackerArn, datasetGroupArn, tenantId };
    const { client, trackerId } = await identified(context, reference, OPERATION);
    const { accepted, failed } = await client.putEvents({ ...(body as Omit<PutEventsInput, 'trackerId'>), trackerId });
    await context.print({ accepted, failed }, OPERATION);
    if (failed.length === 0) return;
    const count = accepted + failed.length;
    context.note(
      `An error occurred when calling the ${OPERATION} operation: ${failed.length} of ${counted(count, 'event')} ${failed.length === 1 ? 'was' : 'were'} not accepted`,
    );
    context.exitWith(EXIT.SERVICE);
  },
};

function convert(input: Input): Input {
  const { eventList } = input;
  return Array.isArray(eventList) ? { ...input, eventList: eventList.map(converted) } : input;
}

/** Converts what the AWS CLI accepts as strings and numbers to the API's types. Validation rejects what can't be converted. */
function converted(event: unknown, index: number): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
  const { sentAt, properties, eventValue, ...rest } = { ...event } as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...(sentAt !== undefined && { sentAt: timeOf(sentAt, `eventList[${index}].sentAt`) }),
    // In shorthand every value is a string.
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
    `Parameter validation failed:\nInvalid value for parameter ${path}: must be an ISO 8601 time, such as 2026-11-24T12:00:00Z, or seconds since 1970`,
  );
}

/** @throws ParameterFailure */
function propertiesOf(value: unknown, path: string): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const rule = `Parameter validation failed:\nInvalid value for parameter ${path}: must be an object or its JSON`;
  if (typeof value !== 'string') throw new ParameterFailure(rule);
  try {
    const parsed = parseJson(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ParameterFailure(`${rule}: ${error.message}`);
  }
  throw new ParameterFailure(rule);
}
