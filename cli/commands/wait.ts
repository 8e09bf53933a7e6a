import type { CommandDefinition } from '../definition.ts';
import { NO_OUTPUT } from '../output-shapes.ts';
import { withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';
import { type Awaited, TIMEOUT_OPTION, waitFor } from '../waiting.ts';

function waiter(
  wanted: Awaited,
  { summary, description }: { summary: string; description: readonly string[] },
): CommandDefinition {
  const name = `event-tracker-${wanted.toLowerCase()}`;
  return {
    words: ['wait', name],
    operation: `EventTracker${wanted.charAt(0)}${wanted.slice(1).toLowerCase()}`,
    summary,
    description,
    options: [...REFERENCE_OPTIONS, TIMEOUT_OPTION],
    examples: [
      {
        text: 'Wait for at most ten minutes:',
        command: `event-trackers wait ${name} --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --timeout 600`,
      },
    ],
    output: 'None: the exit code is the result. Progress goes to stderr.',
    shapes: { input: () => withReference(), output: () => NO_OUTPUT },
    async run(context, values, input) {
      const { client, trackerId } = await identified(context, input, 'DescribeEventTracker');
      await waitFor(wanted, trackerId, client, context, values);
    },
  };
}

export const waitEventTrackerActive = waiter('ACTIVE', {
  summary: 'Waits until an event tracker is ACTIVE.',
  description: [
    'Waits until the tracker is ACTIVE, that is, until its tracking ID is usable. The exit code is 255 if the tracker reaches another final status, or after --timeout.',
  ],
});

export const waitEventTrackerDeleted = waiter('DELETED', {
  summary: 'Waits until an event tracker is deleted.',
  description: [
    'Waits until the tracker is deleted, but does not request the deletion. The exit code is 255 if the tracker is RELEASED, or after --timeout.',
  ],
});

export const waitEventTrackerUpdated = waiter('UPDATED', {
  summary: 'Waits until the tags of an event tracker are changed.',
  description: [
    'Waits until a requested change of tags is made, but does not request it. The exit code is 255 if the change fails, or after --timeout.',
  ],
});
