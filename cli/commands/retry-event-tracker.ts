import type { CommandDefinition } from '../definition.ts';
import { CREATE_OUTPUT } from '../output-shapes.ts';
import { withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';
import { WAIT_OPTIONS } from '../waiting.ts';
import { idempotencyKeyOf } from './create-event-tracker.ts';
import { printRequest, warnIfInterrupted } from './request-outcome.ts';

const OPERATION = 'RetryEventTracker';

export const retryEventTracker: CommandDefinition = {
  words: ['retry-event-tracker'],
  operation: OPERATION,
  summary: 'Retries a creation, or a change of tags, that failed.',
  description: [
    'Requests the same tracker again after CREATE FAILED, or the same tags after a change of them failed. The service first deletes whatever the failed attempt left behind. Repeating the command is safe: while the tracker is being created, it changes nothing.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters. Within 24 hours, the same key causes at most one retry. Generated if omitted.',
    },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Retry and wait for the outcome:',
      command:
        'event-trackers retry-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --wait',
    },
  ],
  output: 'The same as create-event-tracker.',
  shapes: { input: () => withReference(), output: () => CREATE_OUTPUT },
  async run(context, values, input) {
    const idempotencyKey = idempotencyKeyOf(values);
    const { client, trackerId } = await identified(context, input, OPERATION);
    warnIfInterrupted(context);
    const { eventTracker } = await client.retryEventTracker({ trackerId }, { idempotencyKey });
    await printRequest(context, values, eventTracker, client, OPERATION);
  },
};
