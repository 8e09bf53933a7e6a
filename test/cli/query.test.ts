import { describe, expect, test } from 'vitest';
import { EXIT, GeneralFailure } from '../../cli/failures.ts';
import { queryOf } from '../../cli/output/query.ts';

/** A query that can be parsed but not applied: one line and 255, whatever the library's message. */
describe('a --query that does not fit the result', () => {
  test.each([
    '$x',
    'name + `1`',
    '`1` / `0`',
    'nofn(@)',
    'length(`5`)',
    'list[0:1:0]',
    'pad_left(name, `1`, `"ab"`)',
    'from_items(`[[1]]`)',
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
