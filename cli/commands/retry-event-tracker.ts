import type { CommandDefinition } from '../definition.ts';
import { REFERENCE_OPTIONS, referenceOf, trackerIdOf } from '../tracker-reference.ts';
import { WAIT_OPTIONS } from '../waiting.ts';
import { idempotencyKeyOf } from './create-event-tracker.ts';
import { printRequest, printUnanswered } from './request-outcome.ts';

const OPERATION = 'RetryEventTracker';

export const retryEventTracker: CommandDefinition = {
  words: ['retry-event-tracker'],
  operation: OPERATION,
  summary: 'Tries again after CREATE FAILED.',
  description: [
    'Asks for the same tracker again, after CREATE FAILED. What is left of the failed one is deleted first. While the tracker is being created it changes nothing, so a repeat is safe.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters: for a day the same key tries once. One is made for each run without it.',
    },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Try again, and wait for what comes of it:',
      command:
        'event-trackers retry-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --wait',
    },
  ],
  output: 'As of create-event-tracker.',
  async run(context, values) {
    const reference = referenceOf(values, context.settings);
    const idempotencyKey = idempotencyKeyOf(values);
    const client = context.client();
    const trackerId = await trackerIdOf(reference, client, OPERATION);
    printUnanswered(context);
    const { eventTracker } = await client.retryEventTracker(
      { trackerId },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );
    await printRequest(context, values, eventTracker, client, OPERATION);
  },
};
