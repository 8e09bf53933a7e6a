import type { CreateEventTrackerInput } from '../../client/index.ts';
import { completedArn } from '../arns.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { EXIT, ParameterFailure, UsageFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { CREATE_INPUT, CREATE_OUTPUT, PERSONALIZE_INPUT, PERSONALIZE_OUTPUT } from '../shapes.ts';
import { validate } from '../validation.ts';
import { cliInput, structuresOf, valueOrFile } from '../values.ts';
import { WAIT_OPTIONS } from '../waiting.ts';
import { printRequest, printUnanswered } from './request-outcome.ts';

const OPERATION = 'CreateEventTracker';
/** What the service has and Personalize has not. */
const NOT_DIRECT = [
  '--adopt-existing',
  '--wait-for-dataset-group',
  '--client-context',
  '--idempotency-key',
  '--dry-run',
  '--wait',
  '--timeout',
];

const ARN = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

export const createEventTracker: CommandDefinition = {
  words: ['create-event-tracker'],
  operation: OPERATION,
  summary: 'Asks for the event tracker of a dataset group.',
  description: [
    'Makes sure that a dataset group has exactly one event tracker, as asked. The request is accepted at once and goes on by itself; asking again is safe, and meets the same tracker.',
    'A tracking ID may be used only once the tracker is ACTIVE: it is in the output then and not before. --wait holds on until then.',
    'With --direct, Personalize is asked in place of the service: its answer comes at once, with a tracking ID that can not be used yet, and nothing guards against a second request or watches what comes of it.',
  ],
  options: [
    { flag: '--name', value: 'NAME', help: 'The name for the event tracker: 1 to 63 letters, digits, - and _.' },
    {
      flag: '--dataset-group-arn',
      value: 'ARN',
      help: 'The dataset group that receives the event data. Its name is enough where the Region and AWS_ACCOUNT_ID are set.',
    },
    {
      flag: '--tags',
      value: 'TAG',
      isList: true,
      help: 'Tags: tagKey=K,tagValue=V and more of them, or JSON: [{"tagKey": "K", "tagValue": "V"}].',
    },
    { flag: '--adopt-existing', help: 'Takes over a tracker that others made on the group, in place of a conflict.' },
    {
      flag: '--wait-for-dataset-group',
      help: 'Also waits for a dataset group, or Interactions dataset, that does not exist yet. One that is being created is waited for in any case.',
    },
    {
      flag: '--client-context',
      value: 'TEXT',
      help: 'Up to 1024 characters that the API and the event give back as they are.',
    },
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters. For a day the same key makes nothing twice, and another request under it is refused. One is made for each run without it.',
    },
    {
      flag: '--dry-run',
      help: 'Prints what would happen (outcome: NOTHING_NEW, UPDATE, CREATE, ADOPT, RESUME, CONFLICT, FAIL), and what stands in the way. Records nothing, so there is nothing to wait for.',
      notWith: '--wait',
    },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Ask for a tracker, and go on at once:',
      command: `event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN}`,
    },
    {
      text: 'Wait for the tracking ID, and keep it:',
      command: `TRACKING_ID=$(event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN} --wait --query trackingId --output text)`,
    },
    {
      text: 'From a file that was filled in:',
      command: 'event-trackers create-event-tracker --generate-cli-skeleton > tracker.json',
    },
    {
      text: 'With tags:',
      command: `event-trackers create-event-tracker --name shop --dataset-group-arn ${ARN} --tags tagKey=team,tagValue=web tagKey=stage,tagValue=prod --dry-run`,
    },
  ],
  output:
    'trackerId and status; eventTrackerArn and trackingId once the tracker is ACTIVE; failure when it is CREATE FAILED. With --dry-run wouldSucceed, outcome and findings; wouldWaitFor where the dataset group is not ready yet; and eventTracker, existing or found: the tracker that the outcome speaks of. With --direct eventTrackerArn and trackingId.',
  input: {
    shape: (isDirect) => (isDirect ? PERSONALIZE_INPUT : CREATE_INPUT),
    outputShape: (isDirect) => (isDirect ? PERSONALIZE_OUTPUT : CREATE_OUTPUT),
    read: inputOf,
  },
  isForDirect: true,
  async run(context, values) {
    const input = await inputOf(context, values);
    if (context.settings.isDirect) {
      const refused = NOT_DIRECT.find((flag) => values.has(flag));
      if (refused !== undefined) {
        throw new UsageFailure(`argument ${refused}: not taken with --direct: Personalize knows nothing of it`);
      }
      validate(input, PERSONALIZE_INPUT);
      // The AWS SDK takes a while to load, which only direct mode has to wait for.
      const { createDirectly } = await import('../direct.ts');
      await createDirectly(context, input, OPERATION);
      return;
    }
    validate(input, CREATE_INPUT);
    // Checked by the shape, of which a test holds that the API takes what it does.
    await create(context, values, input as CreateEventTrackerInput);
  },
};

async function inputOf({ settings }: Context, values: Values): Promise<Record<string, unknown>> {
  const json = values.text('--cli-input-json');
  const yaml = values.text('--cli-input-yaml');
  const input = await cliInput({ ...(json !== undefined && { json }), ...(yaml !== undefined && { yaml }) });
  const text = (flag: string, member: string) => {
    const value = values.text(flag);
    if (value !== undefined) input[member] = valueOrFile(flag, value);
  };
  text('--name', 'name');
  text('--dataset-group-arn', 'datasetGroupArn');
  text('--client-context', 'clientContext');
  const tags = values.list('--tags');
  if (tags !== undefined) input.tags = structuresOf('--tags', tags);
  if (values.has('--adopt-existing')) input.adoptExisting = true;
  if (values.has('--wait-for-dataset-group')) input.waitForDatasetGroup = true;
  const { name, datasetGroupArn } = input;
  const missing = [
    ...(name === undefined ? ['--name'] : []),
    ...(datasetGroupArn === undefined ? ['--dataset-group-arn'] : []),
  ];
  if (missing.length > 0 && json === undefined && yaml === undefined) {
    throw new UsageFailure(`the following arguments are required: ${missing.join(', ')}`);
  }
  if (typeof datasetGroupArn === 'string') {
    input.datasetGroupArn = completedArn('--dataset-group-arn', datasetGroupArn, settings);
  }
  return input;
}

async function create(context: Context, values: Values, input: CreateEventTrackerInput): Promise<void> {
  const client = context.client();
  if (values.has('--dry-run')) {
    const { $metadata: _, ...answer } = await client.dryRunCreateEventTracker(input);
    await context.print(answer, OPERATION);
    if (!answer.wouldSucceed) context.exitWith(EXIT.SERVICE);
    return;
  }
  const idempotencyKey = idempotencyKeyOf(values);
  printUnanswered(context);
  const { eventTracker } = await client.createEventTracker(input, {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
  await printRequest(context, values, eventTracker, client, OPERATION);
}

/** @throws ParameterFailure */
export function idempotencyKeyOf(values: Values): string | undefined {
  const key = values.text('--idempotency-key');
  if (key === undefined || /^[ -~]{1,255}$/.test(key)) return key;
  throw new ParameterFailure('Invalid value for --idempotency-key: must be 1 to 255 printable ASCII characters');
}
