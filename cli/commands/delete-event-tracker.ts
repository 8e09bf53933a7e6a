import type { CommandDefinition } from '../definition.ts';
import { DELETE_OUTPUT } from '../output-shapes.ts';
import { DELETE_INPUT } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';
import { resumeCommand, WAIT_OPTIONS, waitFor } from '../waiting.ts';
import { warnIfInterrupted } from './request-outcome.ts';

const OPERATION = 'DeleteEventTracker';

export const deleteEventTracker: CommandDefinition = {
  words: ['delete-event-tracker'],
  operation: OPERATION,
  summary: 'Deletes an event tracker.',
  description: [
    'Requests the deletion. The service accepts it at any time and completes it asynchronously; repeating it succeeds. Interactions that Personalize has recorded remain. A tracker created later has a new tracking ID.',
    'An adopted tracker is released: the service stops managing it, and the tracker stays in Personalize. To delete it there as well, use --destroy, if the deployment allows that.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    { flag: '--destroy', help: 'Deletes an adopted tracker instead of releasing it, if the deployment allows that.' },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Delete a tracker and wait until the deletion is complete:',
      command:
        'event-trackers delete-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --wait',
    },
  ],
  output: 'trackerId and status.',
  shapes: { input: () => DELETE_INPUT, output: () => DELETE_OUTPUT },
  async run(context, values, input) {
    const { client, trackerId } = await identified(context, input, OPERATION);
    warnIfInterrupted(context);
    const { eventTracker } = await client.deleteEventTracker({
      trackerId,
      destroy: input.destroy === true || undefined,
    });
    context.interruption.setMessage('');
    const isOver = ['DELETED', 'RELEASED'].includes(eventTracker.status) && eventTracker.progress === undefined;
    let { status } = eventTracker;
    if (!isOver && values.has('--wait')) {
      // A tracker that is no longer found counts as DELETED.
      status = (await waitFor('DELETED', trackerId, client, context, values, eventTracker))?.status ?? 'DELETED';
    }
    await context.print({ trackerId, status }, OPERATION);
    if (!isOver && !values.has('--wait')) {
      context.note(
        `${trackerId} is ${status}. To wait until the deletion is complete:\n  ${resumeCommand('DELETED', trackerId)}`,
      );
    }
  },
};
