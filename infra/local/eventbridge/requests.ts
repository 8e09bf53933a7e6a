import * as z from 'zod';
import { AwsError } from '../wire.ts';

/** The inputs of the operations, with the limits of the EventBridge API reference (2015-10-07). Unknown members are ignored, as AWS does. */

const length = (min: number, max: number) => {
  const message = `Member must have length between ${min} and ${max}, inclusive`;
  return z.string().min(min, message).max(max, message);
};
const name = (max: number, expression = /^[.\-_A-Za-z0-9]+$/) =>
  length(1, max).regex(expression, `Member must satisfy regular expression pattern: ${expression.source}`);

const ruleName = name(64);
const targetId = name(64);
const busNameOrArn = name(
  1600,
  /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/,
);
const pattern = length(0, 4096);
const paging = {
  NextToken: length(1, 2048).optional(),
  Limit: z.int().min(1, 'Member must be between 1 and 100').max(100, 'Member must be between 1 and 100').optional(),
};
const list = <T extends z.ZodType>(member: T, max: number) => {
  const message = `Member must have length between 1 and ${max}, inclusive`;
  return z.array(member).min(1, message).max(max, message);
};
const rule = z.object({ Name: ruleName, EventBusName: busNameOrArn.optional() });

export const inputs = {
  PutEvents: z.object({
    Entries: list(
      z.object({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        EventBusName: z.string().optional(),
        Time: z.number().optional(),
        Resources: z.array(z.string()).optional(),
      }),
      10,
    ),
  }),
  CreateEventBus: z.object({
    // A name with a slash is a partner's bus.
    Name: name(256),
    Description: length(0, 512).optional(),
  }),
  DescribeEventBus: z.object({ Name: busNameOrArn.optional() }),
  ListEventBuses: z.object({ NamePrefix: length(1, 256).optional(), ...paging }),
  DeleteEventBus: z.object({ Name: busNameOrArn }),
  PutRule: rule.extend({
    EventPattern: pattern.optional(),
    ScheduleExpression: length(0, 256).optional(),
    State: z
      .enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'], {
        error: 'Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]',
      })
      .optional(),
    Description: length(0, 512).optional(),
    RoleArn: length(1, 1600).optional(),
  }),
  DescribeRule: rule,
  EnableRule: rule,
  DisableRule: rule,
  DeleteRule: rule,
  ListRules: z.object({ NamePrefix: ruleName.optional(), EventBusName: busNameOrArn.optional(), ...paging }),
  PutTargets: z.object({
    Rule: ruleName,
    EventBusName: busNameOrArn.optional(),
    Targets: list(
      z.looseObject({
        Id: targetId,
        Arn: length(1, 1600).regex(/^arn:/, 'Member must be an ARN'),
        Input: length(0, 8192).optional(),
        InputPath: length(0, 256).optional(),
      }),
      100,
    ),
  }),
  RemoveTargets: z.object({ Rule: ruleName, EventBusName: busNameOrArn.optional(), Ids: list(targetId, 100) }),
  ListTargetsByRule: z.object({ Rule: ruleName, EventBusName: busNameOrArn.optional(), ...paging }),
  TestEventPattern: z.object({ EventPattern: pattern, Event: z.string() }),
};

/**
 * The input of an operation, checked.
 * @throws AwsError SerializationException for a member of the wrong type, ValidationException for any other rule; both
 * name the member, neither repeats its value
 */
export function parse<T>(schema: z.ZodType<T>, body: Record<string, unknown>): T {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const member = issue?.path.join('.') || 'the request';
  if (issue?.code === 'invalid_type') {
    if (issue.input !== undefined) {
      throw new AwsError(
        'SerializationException',
        `Value at '${member}' has the wrong type: expected ${issue.expected}.`,
      );
    }
    throw violation(member, 'Member must not be null');
  }
  throw violation(member, issue?.message ?? 'it is not valid');
}

const violation = (member: string, rule: string) =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${rule}`,
  );
