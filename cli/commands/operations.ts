import type { RetryEventTrackersInput } from '../../client/index.ts';
import { FAILURE_CODES } from '../choices.ts';
import type { CommandDefinition, OptionDefinition } from '../definition.ts';
import { waitForOperation } from '../operation-waiting.ts';
import { NO_OUTPUT, OPERATION_OUTPUT, OPERATIONS_OUTPUT } from '../output-shapes.ts';
import { OPERATION_INPUT, OPERATIONS_INPUT, RETRY_MANY_INPUT } from '../shapes.ts';
import { idempotencyKeyOf } from './create-event-tracker.ts';

const FOR_PLATFORMS = 'Requires a token with the scopes platform and write, or --auth iam.';
const TO_READ = 'Requires a token with the scopes platform and read, or --auth iam.';
const OPERATION_OPTION: OptionDefinition = {
  flag: '--operation-id',
  value: 'ID',
  help: 'The ID of the operation, as retry-event-trackers prints it.',
};
const TIMEOUT: OptionDefinition = {
  flag: '--timeout',
  value: 'SECONDS',
  integerFrom: 1,
  integerTo: 2_147_483,
  help: 'The maximum time to wait, in seconds (default: no limit).',
};
/** The ID of an operation that was requested with the --idempotency-key repair-1. */
const EXAMPLE = 'op-4s2hahwazvgb7rlcitbbwcm3rb';

export const retryEventTrackers: CommandDefinition = {
  words: ['retry-event-trackers'],
  operation: 'RetryEventTrackers',
  summary: 'Retries many failed event trackers, for platforms.',
  description: [
    'Starts an operation that retries every tracker that is CREATE FAILED with one of the failures: at the pace of the deployment, and in turn between the tenants. Each is retried at most once, and only if its failure has not changed since.',
    'The operation runs in the service. With --wait, Ctrl-C ends only the wait, and prints how to watch or cancel the operation.',
    FOR_PLATFORMS,
  ],
  options: [
    {
      flag: '--failure-codes',
      value: 'CODE',
      isList: true,
      choices: FAILURE_CODES,
      help: `The failures to retry: ${FAILURE_CODES.join(', ')}.`,
    },
    { flag: '--tenant-ids', value: 'TENANT', isList: true, help: 'Only trackers of these tenants (default: all).' },
    { flag: '--since', value: 'TIME', help: 'Only trackers that last changed then or later: ISO 8601.' },
    { flag: '--max-retries', value: 'COUNT', integerFrom: 1, integerTo: 10_000, help: 'Retry at most this many.' },
    { flag: '--dry-run', notWith: '--wait', help: 'Prints how many trackers match, and starts nothing.' },
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters. The same key meets the same operation. Generated if omitted.',
    },
    { flag: '--wait', help: 'Waits until the operation has ended; progress goes to stderr.' },
    { ...TIMEOUT, onlyWith: '--wait' },
  ],
  examples: [
    {
      text: 'See how many trackers match:',
      command: 'event-trackers retry-event-trackers --failure-codes ACCESS_DENIED --dry-run',
    },
    {
      text: 'After a lost permission is back, retry them and wait:',
      command: 'event-trackers retry-event-trackers --failure-codes ACCESS_DENIED --wait',
    },
  ],
  output: 'operation; with --dry-run, matched.',
  shapes: { input: () => RETRY_MANY_INPUT, output: () => OPERATION_OUTPUT },
  async run(context, values, input) {
    const limit = values.number('--max-retries');
    const asked = { ...input, ...(limit !== undefined && { limit }) } as unknown as RetryEventTrackersInput;
    const client = context.client();
    if (values.has('--dry-run')) {
      const { matched } = await client.dryRunRetryEventTrackers(asked);
      await context.print({ matched }, 'RetryEventTrackers');
      return;
    }
    const { operation } = await client.retryEventTrackers(asked, { idempotencyKey: idempotencyKeyOf(values) });
    const last = values.has('--wait') ? await waitForOperation(context, values, client, operation) : operation;
    await context.print({ operation: last }, 'RetryEventTrackers');
  },
};

export const describeOperation: CommandDefinition = {
  words: ['describe-operation'],
  operation: 'DescribeOperation',
  summary: 'Shows an operation: its status and its counts.',
  description: [TO_READ],
  options: [OPERATION_OPTION],
  examples: [
    {
      text: 'Show the counts:',
      command: `event-trackers describe-operation --operation-id ${EXAMPLE} --query operation.counts`,
    },
  ],
  output: 'operation.',
  shapes: { input: () => OPERATION_INPUT, output: () => OPERATION_OUTPUT },
  async run(context, _values, { operationId }) {
    const { operation } = await context.client().describeOperation({ operationId: String(operationId) });
    await context.print({ operation }, 'DescribeOperation');
  },
};

export const listOperations: CommandDefinition = {
  words: ['list-operations'],
  operation: 'ListOperations',
  summary: 'Lists the operations, newest first.',
  description: ['An operation can be read for 30 days after its end.', TO_READ],
  options: [
    { flag: '--max-items', value: 'COUNT', integerFrom: 1, help: 'The maximum number of operations to print.' },
  ],
  examples: [
    {
      text: 'Show what is running:',
      command: 'event-trackers list-operations --query "operations[?status == \'RUNNING\']"',
    },
  ],
  output: 'operations.',
  shapes: { input: () => OPERATIONS_INPUT, output: () => OPERATIONS_OUTPUT },
  async run(context, values, input) {
    const client = context.client();
    const most = values.number('--max-items') ?? Number.POSITIVE_INFINITY;
    const operations: unknown[] = [];
    let query: { maxResults?: number; nextToken?: string } | undefined = input;
    while (query !== undefined && operations.length < most) {
      const page = await client.listOperations(query);
      operations.push(...page.operations);
      query = page.nextToken === undefined ? undefined : { ...input, nextToken: page.nextToken };
    }
    await context.print({ operations: operations.slice(0, most) }, 'ListOperations');
  },
};

export const cancelOperation: CommandDefinition = {
  words: ['cancel-operation'],
  operation: 'CancelOperation',
  summary: 'Cancels an operation.',
  description: [
    'Nothing more is retried; what was retried already goes on. An operation that has ended stays as it is.',
    FOR_PLATFORMS,
  ],
  options: [OPERATION_OPTION],
  examples: [{ text: 'Cancel an operation:', command: `event-trackers cancel-operation --operation-id ${EXAMPLE}` }],
  output: 'operation.',
  shapes: { input: () => OPERATION_INPUT, output: () => OPERATION_OUTPUT },
  async run(context, _values, { operationId }) {
    const { operation } = await context.client().cancelOperation({ operationId: String(operationId) });
    await context.print({ operation }, 'CancelOperation');
  },
};

export const waitOperationEnded: CommandDefinition = {
  words: ['wait', 'operation-ended'],
  operation: 'OperationEnded',
  summary: 'Waits until an operation has ended.',
  description: ['Waits until the operation is COMPLETED or CANCELED.', TO_READ],
  options: [OPERATION_OPTION, TIMEOUT],
  examples: [
    {
      text: 'Watch an operation:',
      command: `event-trackers wait operation-ended --operation-id ${EXAMPLE} --timeout 3600`,
    },
  ],
  output: 'None. Progress goes to stderr.',
  shapes: { input: () => OPERATION_INPUT, output: () => NO_OUTPUT },
  async run(context, values, { operationId }) {
    const client = context.client();
    const { operation } = await client.describeOperation({ operationId: String(operationId) });
    await waitForOperation(context, values, client, operation);
  },
};
