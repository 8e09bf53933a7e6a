import { join } from 'node:path';
import { isAllowed, statementsOf } from '../iam/policy.ts';
import { operationName, operationNamed, respond } from '../json-protocol.ts';
import { ACCOUNT_ID, type Clock, HOME, jsonAnswer, jsonObject, type WireService } from '../wire.ts';
import { operations } from './operations.ts';
import { Queues, queueArn } from './queues.ts';

export interface SqsService {
  /** `x-amz-target: AmazonSQS.*`, JSON 1.0. */
  readonly wire: WireService;
  /** Sends the input of a target to its queue, as EventBridge does. @throws Error if there is no such queue, or its policy does not allow it */
  readonly deliver: (target: { readonly arn: string; readonly ruleArn: string; readonly input: unknown }) => void;
  close(): void;
}

const QUEUE_ARN = new RegExp(`^${queueArn('([\\w-]{1,80})')}$`);
const TYPE = 'application/x-amz-json-1.0';

/** Whether a target is a queue of this runtime. */
export const isQueueArn = (arn: string): boolean => QUEUE_ARN.test(arn);

/** The local SQS. `directory` must exist; without it, the queues are in memory only. */
export function createSqsService({ clock, directory }: { clock: Clock; directory?: string }): SqsService {
  const file = (name: string) => join(directory ?? '', name);
  const paths = directory && { queues: file('queues.jsonl'), messages: file('messages.jsonl') };
  const queues = new Queues(clock, paths || undefined);
  return {
    wire: (request) =>
      respond('SQS', TYPE, async () => {
        const operation = operationNamed(operationName(request), operations, 'SQS');
        const context = { queues, origin: `http://${request.headers.host}` };
        return jsonAnswer((await operation(context, jsonObject(request.body))) ?? {}, TYPE);
      }),
    deliver({ arn, ruleArn, input }) {
      const [, name = ''] = QUEUE_ARN.exec(arn) ?? [];
      const { Policy } = queues.attributesOf(name);
      const requested = {
        action: 'sqs:SendMessage',
        resource: arn,
        principal: { service: 'events.amazonaws.com' },
        keys: { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': ACCOUNT_ID, 'aws:RequestedRegion': HOME.region },
      };
      if (!Policy || !isAllowed(statementsOf('resource', Policy), requested)) {
        throw new Error(
          `The policy of the queue ${name} does not allow events.amazonaws.com to send the messages of this rule.`,
        );
      }
      queues.send(name, JSON.stringify(input));
    },
    close: () => queues.close(),
  };
}
