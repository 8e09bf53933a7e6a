import { expect, test } from 'vitest';
import { checkExpressions } from '../../../infra/local/dynamodb/expressions.ts';

const nested = (open: string, depth: number) => `${open.repeat(depth)}a = :v${')'.repeat(depth)}`;
const groups = (group: string, count: number) => Array.from({ length: count }, () => group).join(' OR ');

test.each([
  nested('(', 6),
  nested('NOT (', 6),
  groups('((a = :v) AND b = :v)', 100),
  groups('attribute_exists(a)', 180),
  `attribute_not_exists(a) OR (begins_with(b, :v) AND (size(c) > :n OR contains (d, :v)))`,
])('accepts %s', (ConditionExpression) => {
  expect(() => checkExpressions({ ConditionExpression })).not.toThrow();
});

test.each([
  ['ConditionExpression', nested('(', 7)],
  ['FilterExpression', nested('NOT (', 12)],
  ['KeyConditionExpression', nested('(', 2000)],
  ['FilterExpression', groups('(((a = :v) AND b = :v) AND c = :v)', 60)],
])("refuses a %s that would hang the engine's parser: %s", (field, expression) => {
  expect(() => checkExpressions({ [field]: expression })).toThrow(
    expect.objectContaining({ code: 'ValidationException', message: expect.stringContaining(`Invalid ${field}:`) }),
  );
});
