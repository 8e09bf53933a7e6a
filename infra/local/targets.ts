import { randomUUID } from 'node:crypto';
import type { Deliver } from './eventbridge/service.ts';
import { CUT, type WireService } from './wire.ts';

/**
 * Where a rule's targets lead on the local runtime: a state machine is started with the event as its input, a function is
 * called with it. Anything else that a target may be on AWS is not here, and counts as a failed invocation.
 * @param functions by ARN
 */
export function deliverTo(
  stepFunctions: WireService,
  functions: Readonly<Record<string, (event: unknown) => Promise<unknown>>> = {},
): Deliver {
  return async ({ arn, input }) => {
    const invoke = Object.hasOwn(functions, arn) ? functions[arn] : undefined;
    if (invoke !== undefined) {
      await invoke(input);
      return;
    }
    if (!/^arn:[\w-]+:states:[^:]*:\d{12}:stateMachine:/.test(arn)) {
      throw new Error(`The local runtime delivers to state machines and its own functions only, not to ${arn}.`);
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
