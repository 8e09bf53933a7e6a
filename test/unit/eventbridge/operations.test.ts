import { expect, test } from 'vitest';
import { EventBridge } from '../../../infra/local/eventbridge/core.ts';
import { operations } from '../../../infra/local/eventbridge/operations.ts';
import { ACCOUNT_ID } from '../../../infra/local/wire.ts';

const rule = { Name: 'to-orders', EventBusName: 'event-trackers', EventPattern: '{"source":["event-trackers"]}' };

const caller = { account: ACCOUNT_ID, arn: `arn:aws:iam::${ACCOUNT_ID}:root` };

/** Calls one operation on a bus that has the rule `rule`. */
function ask(operation: string, input: Record<string, unknown>): unknown {
  const core = new EventBridge({ clock: Date.now, deliver: async () => {} });
  operations.PutRule?.({ core, caller }, rule);
  return operations[operation]?.({ core, caller }, input);
}
const refused = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

// biome-ignore format: a table with one row per line
test.each([
  ['InvalidEventPatternException', '"source" must be an object or an array', { EventPattern: '{"source":"x"}' }],
  ['ValidationException', 'EventPattern or ScheduleExpression must be specified', { EventPattern: undefined }],
  ['ValidationException', "'EventPattern' failed to satisfy constraint: Member must have length less than or equal to 4096", { EventPattern: ' '.repeat(4097) }],
  ['SerializationException', "The value at 'EventPattern' must be of type string", { EventPattern: {} }],
  ['ResourceNotFoundException', 'Event bus nowhere does not exist', { EventBusName: 'nowhere' }],
  ['ResourceNotFoundException', 'does not exist', { EventBusName: 'arn:aws:events:eu-west-1:123456789012:event-bus/event-trackers' }],
  ['ValidationException', "'Name' failed to satisfy constraint", { Name: 'a rule' }],
  ['ValidationException', "'Name' failed to satisfy constraint: Member must have length less than or equal to 64", { Name: 'x'.repeat(65) }],
  ['ValidationException', "'Name' failed to satisfy constraint: Member must not be null", { Name: undefined }],
  ['ValidationException', "'State' failed to satisfy constraint: Member must satisfy enum", { State: 'ON' }],
  ['ValidationException', 'ScheduleExpression is not supported', { ScheduleExpression: 'rate(1 hour)' }],
])('PutRule is refused: %s: %s', (code, message, more) => {
  expect(() => ask('PutRule', { ...rule, ...more })).toThrow(refused(code, message));
});

// biome-ignore format: a table with one row per line
test.each([
  ["'Targets.1.member.Id' failed to satisfy constraint", { Id: '' }],
  ["'Targets.1.member.Arn' failed to satisfy constraint: Member must not be null", { Arn: undefined }],
  ["'Targets.1.member.Arn' failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:", { Arn: 'queue' }],
  ['Parameter Input of target one is not valid', { Input: '{' }],
  ['Parameter InputPath of target one is not valid', { InputPath: 'detail' }],
  ['Only one of Input', { Input: '1', InputPath: '$' }],
  ['InputTransformer of target one is not supported', { InputTransformer: { InputTemplate: '1' } }],
])('PutTargets is refused: %s', (message, more) => {
  const Targets = [{ Id: 'one', Arn: 'arn:aws:sqs:::one', ...more }];
  const input = { Rule: rule.Name, EventBusName: rule.EventBusName, Targets };
  expect(() => ask('PutTargets', input)).toThrow(refused('ValidationException', message));
});

test('a bus can have at most 300 rules', () => {
  const core = new EventBridge({ clock: Date.now, deliver: async () => {} });
  for (let n = 1; n <= 300; n++) operations.PutRule?.({ core, caller }, { ...rule, Name: `rule-${n}` });
  operations.PutRule?.({ core, caller }, { ...rule, Name: 'rule-300' });
  const more = () => operations.PutRule?.({ core, caller }, { ...rule, Name: 'rule-301' });
  expect(more).toThrow(refused('LimitExceededException', 'maximum number allowed'));
});
