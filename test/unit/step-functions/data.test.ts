import { describe, expect, it } from 'vitest';
import { LAMBDA, localMachine } from './local-machine.ts';

const task = (fields: object = {}) => ({ Type: 'Task', Resource: LAMBDA, End: true, ...fields });
const outputOf = ({ output }: Record<string, unknown>): unknown => JSON.parse(String(output));
const catchAll = { A: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }), Caught: { Type: 'Succeed' } };

describe('sizes and copies', () => {
  const long = (bytes: number) => 'é'.repeat(bytes / 2);

  it.each([
    ['a result of exactly 256 KiB passes', 262_142, 'SUCCEEDED', undefined],
    ['a longer result fails the execution, uncaught', 262_144, 'FAILED', 'States.DataLimitExceeded'],
  ])('%s', async (_, bytes, status, error) => {
    const { run } = localMachine(catchAll, async () => long(bytes));
    const execution = await run();
    expect([execution.status, execution.error]).toEqual([status, error]);
  });

  it('a state whose output exceeds 256 KiB fails the execution before the next task', async () => {
    let calls = 0;
    const states = {
      A: task({ ResultPath: '$.result', End: undefined, Next: 'B' }),
      B: task({ Parameters: { short: true } }),
    };
    const { run } = localMachine(states, async () => {
      calls += 1;
      return long(200_000);
    });
    expect(await run({ x: long(100_000) })).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(calls).toBe(1);
  });

  it('JsonMerge changes neither its arguments nor the Result that all executions share', async () => {
    const merge = 'States.JsonMerge($.defaults, $.input, false)';
    const states = {
      Defaults: { Type: 'Pass', Result: { a: 1, b: 1 }, ResultPath: '$.defaults', Next: 'Merge' },
      Merge: { Type: 'Pass', Parameters: { 'merged.$': merge, 'defaults.$': '$.defaults' }, End: true },
    };
    const { run } = localMachine(states);
    const expected = { merged: { a: 2, b: 1 }, defaults: { a: 1, b: 1 } };
    expect(outputOf(await run({ input: { a: 2 } }, 'first'))).toEqual(expected);
    const second = { merged: { a: 1, b: 2 }, defaults: { a: 1, b: 1 } };
    expect(outputOf(await run({ input: { b: 2 } }, 'second'))).toEqual(second);
  });

  it('a handler gets a copy of its input, and its result passes through JSON', async () => {
    const states = { A: task({ ResultPath: '$.result' }) };
    const { run } = localMachine(states, async (input) => {
      Object.assign(input as object, { changed: true });
      return { at: new Date(0), left: undefined };
    });
    expect(outputOf(await run({ a: 1 }))).toEqual({ a: 1, result: { at: '1970-01-01T00:00:00.000Z' } });
  });

  it('a task that returns nothing returns null', async () => {
    expect(outputOf(await localMachine({ A: task() }, async () => undefined).run())).toBeNull();
  });
});

describe('a Choice', () => {
  it('is false for values of a different type than its operator', async () => {
    const rules = [
      { Variable: '$.text', NumericGreaterThan: 1 },
      { Variable: '$.nothing', NumericGreaterThanEquals: 0 },
      { Variable: '$.nothing', TimestampLessThan: '2030-01-01T00:00:00Z' },
      { Variable: '$.number', StringMatches: '*' },
      { Variable: '$.number', NumericLessThanPath: '$.text' },
      { Not: { Not: { Or: [{ Variable: '$.number', StringLessThan: 'b' }] } } },
    ];
    const ends = Object.fromEntries(
      rules.map((_, index) => [`rule ${index}`, { Type: 'Fail', Error: `rule ${index}` }]),
    );
    const { run } = localMachine({
      A: { Type: 'Choice', Choices: rules.map((rule, index) => ({ ...rule, Next: `rule ${index}` })), Default: 'B' },
      B: { Type: 'Succeed' },
      ...ends,
    });
    const execution = await run({ text: '5', nothing: null, number: 1 });
    expect([execution.status, execution.error]).toEqual(['SUCCEEDED', undefined]);
  });

  it('compares two paths, and fails with States.NoChoiceMatched if nothing matches and there is no Default', async () => {
    const rule = { Variable: '$.a', NumericLessThanPath: '$.b', Next: 'B' };
    const { run } = localMachine({ A: { Type: 'Choice', Choices: [rule] }, B: { Type: 'Succeed' } });
    expect(await run({ a: 1, b: 2 }, 'less')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run({ a: 2, b: 1 }, 'more')).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});
