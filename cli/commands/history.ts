import type { CommandDefinition } from '../definition.ts';
import { HISTORY_OUTPUT } from '../output-shapes.ts';
import { withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';

const OPERATION = 'GetEventTrackerHistory';

export const history: CommandDefinition = {
  words: ['history'],
  operation: OPERATION,
  summary: 'Shows the history of an event tracker.',
  description: ['Shows the latest 50 transitions, oldest first, with their causes and AWS request IDs.'],
  options: REFERENCE_OPTIONS,
  examples: [
    {
      text: 'Show when and why the status changed:',
      command:
        "event-trackers history --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --query 'transitions[].[at, status, cause]' --output text",
    },
  ],
  output: 'trackerId, and transitions: a list of {at, generation, status, cause, message, awsRequestId}.',
  shapes: { input: () => withReference(), output: () => HISTORY_OUTPUT },
  async run(context, _, input) {
    const { client, ...reference } = await identified(context, input, OPERATION);
    const { trackerId, transitions } = await client.getEventTrackerHistory(reference);
    await context.print({ trackerId, transitions }, OPERATION);
  },
};
