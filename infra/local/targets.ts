import { randomUUID } from 'node:crypto';
import type { Deliver } from './eventbridge/service.ts';
import { CUT, type WireService } from './wire.ts';

/**
 * Invokes the targets of rules: starts a state machine with the event as its input, or calls a function with it. Any other target
 * is a failed invocation.
 * @param functions the functions by ARN
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
      throw new Error(
        `The local runtime does not support the target ${arn}; it supports state machines and its own functions.`,
      );
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
