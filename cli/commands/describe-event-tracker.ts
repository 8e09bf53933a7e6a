import type { CommandDefinition } from '../definition.ts';
import { ParameterFailure } from '../failures.ts';
import { identified, REFERENCE_OPTIONS, referenceOf } from '../tracker-reference.ts';

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
  async run(context, values) {
    if (context.settings.isDirect) {
      const reference = referenceOf(values, context.settings);
      if (!('eventTrackerArn' in reference)) {
        throw new ParameterFailure('With --direct, --event-tracker-arn must identify the event tracker');
      }
      // Loading the AWS SDK is slow, and only direct mode needs it.
      const { describeDirectly } = await import('../direct.ts');
      await describeDirectly(context, reference, OPERATION);
      return;
    }
    const { client, trackerId } = await identified(context, values, OPERATION);
    const { eventTracker } = await client.describeEventTracker({ trackerId });
    await context.print({ eventTracker }, OPERATION);
  },
};
