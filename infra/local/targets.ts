import { randomUUID } from 'node:crypto';
import type { Deliver } from './eventbridge/service.ts';
import { CUT, type WireService } from './wire.ts';

/**
 * Where a rule's targets lead on the local runtime: a state machine is started with the event as its input. Anything else
 * that a target may be on AWS is not here, and counts as a failed invocation.
 */
export function deliverTo(stepFunctions: WireService): Deliver {
  return async ({ arn, input }) => {
    if (!/^arn:[\w-]+:states:[^:]*:\d{12}:stateMachine:/.test(arn)) {
      throw new Error(`The local runtime delivers to state machines only, not to ${arn}.`);
    }
    const answer = await stepFunctions({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution', 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from(JSON.stringify({ stateMachineArn: arn, name: randomUUID(), input: JSON.stringify(input) })),
    });
    if (answer === CUT || answer.status !== 200) throw new Error(`The execution of ${arn} could not be started.`);
  };
}
