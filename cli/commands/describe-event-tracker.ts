import type { CommandDefinition } from '../definition.ts';
import { loadDirect } from '../load-direct.ts';
import { DESCRIBE_OUTPUT, PERSONALIZE_DESCRIBE_OUTPUT } from '../output-shapes.ts';
import { PERSONALIZE_REFERENCE, withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';

const OPERATION = 'DescribeEventTracker';

export const describeEventTracker: CommandDefinition = {
  words: ['describe-event-tracker'],
  operation: OPERATION,
  summary: 'Shows an event tracker.',
  description: [
    'Shows an event tracker, from the moment its creation was requested. trackingId is present only while the tracker is ACTIVE; progress shows what the service is waiting for; failure explains a CREATE FAILED.',
    'With --direct, the command calls Personalize instead of the service and requires --event-tracker-arn.',
  ],
  options: REFERENCE_OPTIONS,
  examples: [
    {
      text: 'By the dataset group:',
      command:
        'event-trackers describe-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
    },
    {
      text: 'Only its status:',
      command:
        'event-trackers describe-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --query eventTracker.status --output text',
    },
  ],
  output: 'eventTracker, as the API returns it (docs/api.md); with --direct, as Personalize returns it.',
  isForDirect: true,
  shapes: {
    input: (isDirect) => (isDirect ? PERSONALIZE_REFERENCE : withReference()),
    output: (isDirect) => (isDirect ? PERSONALIZE_DESCRIBE_OUTPUT : DESCRIBE_OUTPUT),
  },
  async run(context, _, input) {
    if (context.settings.isDirect) {
      const { describeDirectly } = await loadDirect();
      await describeDirectly(context, input, OPERATION);
      return;
    }
    const { client, trackerId } = await identified(context, input, OPERATION);
    const { eventTracker } = await client.describeEventTracker({ trackerId });
    await context.print({ eventTracker }, OPERATION);
  },
};
