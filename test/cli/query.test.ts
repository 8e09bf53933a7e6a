import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { EXIT, Failure, GeneralFailure, ParameterFailure } from '../../cli/failures.ts';
import { queryOf } from '../../cli/output/query.ts';
import { ROOT } from './binary.ts';
import { DIFFERENT_QUERIES } from './golden/different-queries.ts';

const fixture = z.object({
  data: z.unknown(),
  cases: z.array(
    z.object({ expression: z.string(), result: z.unknown().optional(), error: z.enum(['parse', 'apply']).optional() }),
  ),
});
/** Expressions as used in scripts, with the results of the AWS CLI (golden/record-queries.py). */
const { data, cases } = fixture.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'golden/queries.json'), 'utf8')),
);

/** The result of the query or the kind of its error, in the form of the fixture. */
function outcomeOf(expression: string): object {
  let error = 'parse';
  try {
    const query = queryOf(expression);
    error = 'apply';
    return { result: query(data) ?? null };
  } catch (failure) {
    if (failure instanceof Failure) return { error };
    throw failure;
  }
}

describe('--query gives the result of the AWS CLI for', () => {
  test.each(cases)('$expression', ({ expression, result, error }) => {
    const recorded = error === undefined ? { result } : { error };
    expect(outcomeOf(expression)).toEqual(DIFFERENT_QUERIES[expression] ?? recorded);
  });

  test('a long list, which contains the expressions of everyday scripts', () => {
    expect(cases.length).toBeGreaterThan(150);
    const results = new Map(cases.map(({ expression, result }) => [expression, result]));
    expect(results.get('eventTrackers[?status==`ACTIVE`].name')).toEqual(['shop', 'Zoo']);
    expect(results.get("eventTrackers[?creationDateTime>='2026-01-01'].name")).toEqual(['shop', 'Zoo', 'éclair']);
    expect(results.get('max_by(eventTrackers, &creationDateTime).name')).toBe('Zoo');
  });

  const hasAwsCli = spawnSync('python3', ['-c', 'import awscli, jmespath'], { stdio: 'ignore' }).status === 0;
  test.runIf(hasAwsCli)('the installed AWS CLI still gives the recorded results', () => {
    const { stdout } = spawnSync('python3', ['test/cli/golden/record-queries.py', '--print'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(fixture.parse(JSON.parse(stdout))).toEqual({ data, cases });
  });
});

// A query that can be parsed but not applied ends with one line and 255, whatever the message of the library.
describe('a --query that does not fit the result', () => {
  test.each([
    'nofn(@)',
    'upper(name)',
    'length(`5`)',
    'list[0:1:0]',
    'name > `1`',
    'contains(name, `1`)',
    'sort_by(list, &@.x)',
  ])('%s', (expression) => {
    const query = queryOf(expression);
    expect(() => query({ name: 'shop', list: [1] })).toThrow(GeneralFailure);
    expect(() => query({ name: 'shop', list: [1] })).toThrow(
      expect.objectContaining({
        exitCode: EXIT.GENERAL,
        message: expect.stringMatching(/^--query .* can't be applied to the result: /),
      }),
    );
  });
});

test('syntax of later JMESPath versions is a parse error', () => {
  for (const expression of ['$', '$x', 'a + `1`', 'a-b', '`1` / `0`', 'let $x = a in $x', 'a ? b : c', 'a[?b=c]']) {
    expect(() => queryOf(expression)).toThrow(ParameterFailure);
    expect(() => queryOf(expression)).toThrow(/^Bad value for --query .*: Invalid jmespath expression: Unknown token/);
  }
});

test('a backslash in a raw string escapes a quote only, as in jmespath.py', () => {
  const raw = String.raw;
  const cases: readonly (readonly [string, string])[] = [
    [raw`'\\'`, raw`\\`],
    [raw`'a\\b'`, raw`a\\b`],
    [raw`'\''`, "'"],
    [raw`'\\\''`, raw`\\'`],
    [raw`'\\\\'`, raw`\\\\`],
    [raw`'a\b'`, raw`a\b`],
  ];
  for (const [expression, value] of cases) expect(queryOf(expression)({})).toBe(value);
  expect(queryOf(raw`join('\\', list[?name=='shop'].name)`)({ list: [{ name: 'shop' }] })).toBe('shop');
});

test('a slice of a string is null, as in jmespath.py', () => {
  for (const expression of ['name[0:1]', 'name[::-1]', 'name | [0:1]', 'list[0][:1]']) {
    expect(queryOf(expression)({ name: 'shop', list: ['shop'] })).toBeNull();
  }
  expect(queryOf('list[*][0:1]')({ list: ['shop'] })).toEqual([]);
  expect(queryOf('list[1:].name')({ list: [{ name: 'a' }, { name: 'b' }] })).toEqual(['b']);
});

test('an expression reference that no function applies is an invalid expression', () => {
  for (const expression of ['&foo', '[&foo]', '{a: &foo}', 'foo || &foo', 'not_null(&foo)', 'sort_by(list, &[&foo])']) {
    expect(() => queryOf(expression)).toThrow(ParameterFailure);
    expect(() => queryOf(expression)).toThrow(
      /^Bad value for --query .*: Invalid jmespath expression: an expression after &/,
    );
  }
  expect(queryOf('sort_by(list, &name)[0].name')({ list: [{ name: 'b' }, { name: 'a' }] })).toBe('a');
});
