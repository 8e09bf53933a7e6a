import * as z from 'zod';
import { AwsError } from '../wire.ts';
import type { EventBridgeEnvelope } from './event.ts';

const texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.object({ AWS: texts })]),
  Action: texts,
  Resource: texts,
  Condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
});
const policySchema = z.object({ Version: z.string().optional(), Statement: z.array(statementSchema) });
type Statement = z.output<typeof statementSchema>;

/** Who puts an event on a bus. */
export interface Sender {
  readonly account: string;
  /** A role or user of the account, or its root. */
  readonly arn: string;
}

export const rootOf = (account: string): string => `arn:aws:iam::${account}:root`;

/** What conditions can ask for. Other keys are unknown here, so a policy with one is refused. */
const KEYS = ['aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:SourceAccount', 'events:source', 'events:detail-type'];

type Test = (value: string, wanted: string) => boolean;
const isLike: Test = (value, wanted) =>
  new RegExp(
    `^${wanted
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);
const OPERATORS: Readonly<Record<string, { readonly test: Test; readonly isNegated?: true }>> = {
  StringEquals: { test: (value, wanted) => value === wanted },
  StringNotEquals: { test: (value, wanted) => value === wanted, isNegated: true },
  StringLike: { test: isLike },
  ArnEquals: { test: isLike },
  ArnLike: { test: isLike },
  ArnNotEquals: { test: isLike, isNegated: true },
};
/** An event has one value for each key, for which the set operators make no difference. */
const operatorOf = (name: string) => OPERATORS[name.replace(/^ForA(ll|ny)Values?:/, '')];

/**
 * The statements of a resource policy.
 * @throws AwsError ValidationException for what is not a policy, or has a condition that the local EventBridge does not know
 */
export function statementsOf(policy: string): Statement[] {
  const refuse = (reason: string) =>
    new AwsError('ValidationException', `Parameter Policy is not valid. Reason: ${reason}`);
  let json: unknown;
  try {
    json = JSON.parse(policy);
  } catch {
    throw refuse('it must be JSON.');
  }
  const parsed = policySchema.safeParse(json);
  if (!parsed.success) throw refuse(`${parsed.error.issues[0]?.path.join('.')} is missing or has another type.`);
  for (const { Condition = {} } of parsed.data.Statement) {
    for (const [operator, keys] of Object.entries(Condition)) {
      const unknown =
        operatorOf(operator) === undefined ? operator : Object.keys(keys).find((key) => !KEYS.includes(key));
      if (unknown !== undefined) {
        const known = `${Object.keys(OPERATORS).join(', ')}; ${KEYS.join(', ')}`;
        throw refuse(`the local EventBridge does not support the condition ${unknown}. It supports ${known}.`);
      }
    }
  }
  return parsed.data.Statement;
}

/**
 * Whether a sender may put an event on a bus. In the bus's own account, nobody needs the policy; a Deny holds for everyone.
 * @param policy of the bus, as JSON; undefined if it has none
 */
export function maySend(
  { account, policy }: { readonly account: string; readonly policy: string | undefined },
  sender: Sender,
  event: Pick<EventBridgeEnvelope, 'source' | 'detail-type'>,
): boolean {
  const values: Readonly<Record<string, string>> = {
    'aws:PrincipalArn': sender.arn,
    'aws:PrincipalAccount': sender.account,
    'aws:SourceAccount': sender.account,
    'events:source': event.source,
    'events:detail-type': event['detail-type'],
  };
  const applies = (statement: Statement) =>
    statement.Action.some((action) => isLike('events:PutEvents', action)) &&
    isNamed(statement.Principal, sender) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        const { test, isNegated = false } = operatorOf(operator) ?? { test: () => false };
        return wanted.some((each) => test(values[key] ?? '', each)) !== isNegated;
      }),
    );
  const matching = policy === undefined ? [] : statementsOf(policy).filter(applies);
  if (matching.some(({ Effect }) => Effect === 'Deny')) return false;
  return sender.account === account || matching.some(({ Effect }) => Effect === 'Allow');
}

const isNamed = (principal: Statement['Principal'], { account, arn }: Sender): boolean =>
  principal === '*' ||
  principal.AWS.some(
    (each) => ['*', account, arn].includes(each) || /^arn:aws[\w-]*:iam::(\d{12}):root$/.exec(each)?.[1] === account,
  );
