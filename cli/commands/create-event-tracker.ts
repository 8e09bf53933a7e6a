import type { CreateEventTrackerInput } from '../../client/index.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { EXIT, ParameterFailure } from '../failures.ts';
import { loadDirect } from '../load-direct.ts';
import type { Values } from '../option-values.ts';
import { CREATE_OUTPUT, PERSONALIZE_OUTPUT } from '../output-shapes.ts';
import { CREATE_INPUT, PERSONALIZE_INPUT } from '../shapes.ts';
import { TENANT_OPTION } from '../tracker-reference.ts';
import { WAIT_OPTIONS } from '../waiting.ts';
import { printRequest, warnIfInterrupted } from './request-outcome.ts';

const OPERATION = 'CreateEventTracker';
const ARN = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

export const createEventTracker: CommandDefinition = {
  words: ['create-event-tracker'],
  operation: OPERATION,
  summary: 'Creates the event tracker of a dataset group.',
  description: [
    'Ensures that the dataset group has exactly one event tracker with the given name and tags. The service accepts the request immediately and completes it asynchronously. Running the same command again is safe: it returns the same tracker.',
    'A tracking ID is usable only while the tracker is ACTIVE, and the output contains it only then. With --wait, the command returns once the tracker is ACTIVE.',
    'With --direct, the command calls Personalize instead of the service. Personalize returns a tracking ID immediately, but the ID is not usable yet. Duplicate requests are not prevented, and nothing follows the creation to its end.',
  ],
  options: [
    { flag: '--name', value: 'NAME', help: 'The name for the event tracker: 1 to 63 letters, digits, - and _.' },
    {
      flag: '--dataset-group-arn',
      value: 'ARN',
      help: 'The dataset group that receives the event data. If a Region and AWS_ACCOUNT_ID are set, its name is enough.',
    },
    {
      flag: '--tags',
      value: 'TAG',
      isList: true,
      help: 'Tags, in shorthand (tagKey=K,tagValue=V ...) or as JSON ([{"tagKey": "K", "tagValue": "V"}]).',
    },
    {
      flag: '--adopt-existing',
      help: 'If the dataset group already has an event tracker that this service did not create, takes it over instead of failing with CONFLICT. Requires the scope adopt.',
    },
    {
      flag: '--wait-for-dataset-group',
      help: 'Accepts a dataset group, or an Interactions dataset, that does not exist yet, and waits for it. Without this option the service waits only for one that is already being created.',
    },
    {
      flag: '--client-context',
      value: 'TEXT',
      help: 'Up to 1024 characters that the API and the events return unchanged.',
    },
    TENANT_OPTION,
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters. Within 24 hours, repeating a request with the same key returns the same tracker; a different request with that key is rejected. Generated if omitted.',
    },
    {
      flag: '--dry-run',
      help: 'Prints what the request would do (outcome: NOTHING_NEW, UPDATE, CREATE, ADOPT, RESUME, CONFLICT or FAIL) and what would make it fail. Changes nothing.',
      notWith: '--wait',
    },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Create a tracker without waiting:',
      command: `event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN}`,
    },
    {
      text: 'Wait for the tracking ID and store it in a variable:',
      command: `TRACKING_ID=$(event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN} --wait --query trackingId --output text)`,
    },
    {
      text: 'Print empty parameters, to fill in for --cli-input-json:',
      command: 'event-trackers create-event-tracker --generate-cli-skeleton',
    },
    {
      text: 'Check a request with tags:',
      command: `event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN} --tags tagKey=team,tagValue=web tagKey=stage,tagValue=prod --dry-run`,
    },
  ],
  output:
    'trackerId and status; also eventTrackerArn and trackingId if the tracker is ACTIVE. If the creation failed, nothing: the error is on stderr. With --dry-run: wouldSucceed, outcome and findings; wouldWaitFor if the dataset group is not ready yet; and the tracker that the outcome refers to, as eventTracker, existing or found. With --direct: eventTrackerArn and trackingId.',
  shapes: {
    input: (isDirect) => (isDirect ? PERSONALIZE_INPUT : CREATE_INPUT),
    output: (isDirect) => (isDirect ? PERSONALIZE_OUTPUT : CREATE_OUTPUT),
  },
  isForDirect: true,
  async run(context, values, input) {
    if (context.settings.isDirect) {
      const { createDirectly } = await loadDirect();
      await createDirectly(context, input, OPERATION);
      return;
    }
    // A test verifies that the input shape and the API accept the same.
    await create(context, values, input as unknown as CreateEventTrackerInput);
  },
};

async function create(context: Context, values: Values, input: CreateEventTrackerInput): Promise<void> {
  const client = context.client();
  if (values.has('--dry-run')) {
    const { $metadata: _, ...answer } = await client.dryRunCreateEventTracker(input);
    await context.print(answer, OPERATION);
    if (!answer.wouldSucceed) context.exitWith(EXIT.SERVICE);
    return;
  }
  const idempotencyKey = idempotencyKeyOf(values);
  warnIfInterrupted(context);
  const { eventTracker } = await client.createEventTracker(input, { idempotencyKey });
  await printRequest(context, values, eventTracker, client, OPERATION);
}

/** @throws ParameterFailure */
export function idempotencyKeyOf(values: Values): string | undefined {
  const key = values.text('--idempotency-key');
  if (key === undefined || /^[ -~]{1,255}$/.test(key)) return key;
  throw new ParameterFailure('Invalid value for --idempotency-key: must be 1 to 255 printable ASCII characters');
}
