import { randomUUID } from 'node:crypto';
import { COMMANDS } from './commands.ts';
import type { EventBridgeOptions } from './eventbridge/service.ts';
import { isQueueArn, type SqsService } from './sqs/service.ts';
import { ACCOUNT_ID, CUT, type WireService } from './wire.ts';

const STATE_MACHINE = /^arn:[\w-]+:states:[^:]*:\d{12}:stateMachine:/;

/** A function serves the rules of every account: the runtime has one set of functions. */
const inThisAccount = (arn: string): string =>
  arn.replace(/^(arn:aws:lambda:[^:]*:)\d{12}(?=:function:)/, `$1${ACCOUNT_ID}`);

/**
 * What rules can invoke: state machines, which are started with the event as their input, queues, and functions.
 * @param functions the functions by ARN
 */
export function targetsOf(
  stepFunctions: WireService,
  queues: Pick<SqsService, 'deliver'>,
  functions: Readonly<Record<string, (event: unknown) => Promise<unknown>>> = {},
): Pick<EventBridgeOptions, 'deliver' | 'refusalOf'> {
  return {
    refusalOf(arn) {
      if (Object.hasOwn(functions, inThisAccount(arn)) || STATE_MACHINE.test(arn) || isQueueArn(arn)) return undefined;
      const reachable = ['state machines', 'queues', ...Object.keys(functions)].join(', ');
      return `The local runtime cannot reach this target. It reaches ${reachable}. Targets of your own: ${COMMANDS.startWith} --target NAME=FILE`;
    },
    async deliver(target) {
      const { arn, input } = target;
      if (isQueueArn(arn)) {
        queues.deliver(target);
        return;
      }
      const own = inThisAccount(arn);
      const invoke = Object.hasOwn(functions, own) ? functions[own] : undefined;
      if (invoke !== undefined) {
        await invoke(input);
        return;
      }
      const answer = await stepFunctions({
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution', 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(JSON.stringify({ stateMachineArn: arn, name: randomUUID(), input: JSON.stringify(input) })),
      });
      if (answer === CUT || answer.status !== 200) throw new Error('The execution could not be started.');
    },
  };
}
