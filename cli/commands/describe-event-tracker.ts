import type { CommandDefinition } from '../definition.ts';
import { ParameterFailure } from '../failures.ts';
import { REFERENCE_OPTIONS, referenceOf, trackerIdOf } from '../tracker-reference.ts';

const OPERATION = 'DescribeEventTracker';

export const describeEventTracker: CommandDefinition = {
  words: ['describe-event-tracker'],
  operation: OPERATION,
  summary: 'Shows an event tracker.',
  description: [
    'Shows an event tracker as it is, right from the moment of the request for it. trackingId is there only while it is ACTIVE; progress says what is waited for, failure why it is CREATE FAILED.',
    'With --direct, Personalize is asked in place of the service, by --event-tracker-arn.',
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
  output: 'eventTracker: what the API shows (docs/api.md); with --direct, what Personalize does.',
  isForDirect: true,
  async run(context, values) {
    const reference = referenceOf(values, context.settings);
    if (context.settings.isDirect) {
      if (!('eventTrackerArn' in reference)) {
        throw new ParameterFailure('With --direct, an event tracker is known by its --event-tracker-arn only');
      }
      // The AWS SDK takes a while to load, which only direct mode has to wait for.
      const { describeDirectly } = await import('../direct.ts');
      await describeDirectly(context, reference, OPERATION);
      return;
    }
    const client = context.client();
    const { eventTracker } = await client.describeEventTracker({
      trackerId: await trackerIdOf(reference, client, OPERATION),
    });
    await context.print({ eventTracker }, OPERATION);
  },
};
