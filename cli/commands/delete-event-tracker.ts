import type { CommandDefinition } from '../definition.ts';
import { REFERENCE_OPTIONS, referenceOf, trackerIdOf } from '../tracker-reference.ts';
import { resumeCommand, WAIT_OPTIONS, waitFor } from '../waiting.ts';
import { printUnanswered } from './request-outcome.ts';

const OPERATION = 'DeleteEventTracker';

export const deleteEventTracker: CommandDefinition = {
  words: ['delete-event-tracker'],
  operation: OPERATION,
  summary: 'Deletes an event tracker.',
  description: [
    'Asks for the deletion, which is accepted at any time and goes on by itself; a repeat is a success. Events that were written stay. A tracker made afterwards has a new tracking ID.',
    'An adopted tracker is released and stays, unless --destroy is given, which the deployment must have enabled.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    { flag: '--destroy', help: 'Also deletes an adopted tracker, where the deployment has enabled that.' },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Delete it, and wait until nothing of it is left:',
      command:
        'event-trackers delete-event-tracker --dataset-group-arn arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop --wait',
    },
  ],
  output: 'trackerId and status.',
  async run(context, values) {
    const reference = referenceOf(values, context.settings);
    const client = context.client();
    const trackerId = await trackerIdOf(reference, client, OPERATION);
    printUnanswered(context);
    const { eventTracker } = await client.deleteEventTracker({
      trackerId,
      ...(values.has('--destroy') && { destroy: true }),
    });
    context.interruption.say('');
    const isOver = ['DELETED', 'RELEASED'].includes(eventTracker.status) && eventTracker.progress === undefined;
    let { status } = eventTracker;
    if (!isOver && values.has('--wait')) {
      // What is not there any more is as good as DELETED.
      status = (await waitFor('DELETED', trackerId, client, context, values, eventTracker))?.status ?? 'DELETED';
    }
    await context.print({ trackerId, status }, OPERATION);
    if (!isOver && !values.has('--wait')) {
      context.note(`${trackerId} is ${status}. To wait for its end:\n  ${resumeCommand('DELETED', trackerId)}`);
    }
  },
};
