import type { EventTracker, UpdateEventTrackerInput } from '../../client/index.ts';
import type { CommandDefinition } from '../definition.ts';
import { ParameterFailure, ServiceFailure } from '../failures.ts';
import { UPDATE_OUTPUT } from '../output-shapes.ts';
import { UPDATE_INPUT } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';
import { lastSeen, resumeCommand, WAIT_OPTIONS, waitFor } from '../waiting.ts';
import { idempotencyKeyOf } from './create-event-tracker.ts';
import { warnIfInterrupted } from './request-outcome.ts';

const OPERATION = 'UpdateEventTracker';
const ARN = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

export const updateEventTracker: CommandDefinition = {
  words: ['update-event-tracker'],
  operation: OPERATION,
  summary: 'Changes the tags or the context of an event tracker.',
  description: [
    'Requests other tags, another context, or both, for a tracker that is ACTIVE. What is not given stays as it is. The tracker stays ACTIVE and keeps its tracking ID, also if the change of its tags fails.',
    'The service changes tags asynchronously. With --wait, the command returns once Personalize has them. Running the same command again is safe.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    {
      flag: '--tags',
      value: 'TAG',
      isList: true,
      help: "All tags that the tracker should have, in shorthand (tagKey=K,tagValue=V ...) or as JSON; '[]' removes them all.",
    },
    { flag: '--client-context', value: 'TEXT', help: 'Up to 1024 characters that replace the present context.' },
    { flag: '--remove-client-context', help: 'Removes the context.', notWith: '--client-context' },
    {
      flag: '--if-match',
      value: 'ETAG',
      help: 'Changes the tracker only if its ETag is still this one; otherwise the command fails with PRECONDITION_FAILED.',
    },
    {
      flag: '--idempotency-key',
      value: 'KEY',
      help: 'Up to 255 printable ASCII characters. Within 24 hours, the same key makes the change at most once. Generated if omitted.',
    },
    ...WAIT_OPTIONS,
  ],
  examples: [
    {
      text: 'Replace the tags and wait until Personalize has them:',
      command: `event-trackers update-event-tracker --dataset-group-arn ${ARN} --tags tagKey=team,tagValue=search --wait`,
    },
  ],
  output:
    'trackerId, status and tags: those that Personalize has. If the change failed, nothing: the error is on stderr.',
  shapes: { input: () => UPDATE_INPUT, output: () => UPDATE_OUTPUT },
  async run(context, values, input) {
    const idempotencyKey = idempotencyKeyOf(values);
    // A test verifies that the input shape and the API accept the same.
    const { tags, clientContext } = input as UpdateEventTrackerInput;
    const patch: UpdateEventTrackerInput = {
      ...(tags !== undefined && { tags }),
      ...(clientContext !== undefined && { clientContext }),
      ...(values.has('--remove-client-context') && { clientContext: null }),
    };
    if (Object.keys(patch).length === 0) {
      throw new ParameterFailure('Give what to change: --tags, --client-context or --remove-client-context');
    }
    const { client, trackerId } = await identified(context, input, OPERATION);
    warnIfInterrupted(context);
    const ifMatch = values.text('--if-match');
    const { eventTracker: accepted } = await client.updateEventTracker(
      { trackerId, ...patch, ...(ifMatch !== undefined && { ifMatch }) },
      { idempotencyKey },
    );
    context.interruption.setMessage('');
    let tracker: EventTracker | undefined = accepted;
    if (accepted.progress !== undefined && values.has('--wait')) {
      try {
        tracker = await waitFor('UPDATED', trackerId, client, context, values, accepted);
      } catch (error) {
        throwIfFailed(lastSeen(error));
        throw error;
      }
    }
    throwIfFailed(tracker);
    const { status, tags: present } = tracker ?? accepted;
    await context.print({ trackerId, status, tags: present }, OPERATION);
    if (tracker?.progress !== undefined) {
      context.note(
        `The tags of ${trackerId} are being changed. To wait until Personalize has them:\n  ${resumeCommand('UPDATED', trackerId)}`,
      );
    }
  },
};

/** @throws ServiceFailure if the latest change of tags failed */
function throwIfFailed(tracker: EventTracker | undefined): void {
  if (tracker?.updateFailure === undefined || tracker.progress !== undefined) return;
  const { code, reason, remedy, awsError, awsRequestId } = tracker.updateFailure;
  const lines = [
    `An error occurred (${code}) when calling the ${OPERATION} operation: ${reason}`,
    ...(awsError ? [`  AWS: ${awsError}${awsRequestId ? `, request id ${awsRequestId}` : ''}`] : []),
    `  ${remedy}`,
    `  tracker id: ${tracker.trackerId}, which is ${tracker.status}`,
  ];
  throw new ServiceFailure(lines.join('\n'));
}
