import { describe, expect, test } from 'vitest';
import { atLeast, atMost, exactly, figure, goalsTable, sectionOf, withSection } from '../../../bench/report.ts';
import { interleaved, quantile, summaryOf } from '../../../bench/statistics.ts';

describe('goals of a benchmark', () => {
  test.each([
    [atMost('a', 0.75, 0.75), true],
    [atMost('a', 0.7501, 0.75), false],
    [atMost('a', Number.NaN, 0.75), false],
    [atLeast('a', 0.95, 0.95), true],
    [atLeast('a', 0.94, 0.95), false],
    [exactly('a', 2, 2), true],
    [exactly('a', 3, 2), false],
  ])('%j', (goal, holds) => {
    expect(goal.holds).toBe(holds);
  });

  test('the table shows the value, the bound and what does not hold', () => {
    expect(goalsTable([atMost('first request ÷ B', 0.7123, 0.75), exactly('AWS calls', 3, 2)])).toBe(
      [
        '| goal | value | bound | holds |',
        '| --- | --- | --- | --- |',
        '| first request ÷ B | 0.712 | ≤ 0.75 | yes |',
        '| AWS calls | 3 | = 2 | **no** |',
      ].join('\n'),
    );
  });
});

describe('RESULTS.md', () => {
  test('a section is replaced, others stay; a new one is added', () => {
    const first = withSection('# Results\n', 'bench:request', 'a');
    const second = withSection(first, 'bench:local', 'b\n\n### c');
    expect(second).toBe('# Results\n\n## bench:request\n\na\n\n## bench:local\n\nb\n\n### c\n');
    expect(withSection(second, 'bench:request', 'd')).toBe(second.replace('\na\n', '\nd\n'));
    expect(withSection(second, 'bench:local', 'b\n\n### c')).toBe(second);
  });

  test('a section names the commit, the machine and the versions', () => {
    const text = sectionOf('Ours against another.', { goals: [], text: 'table', versions: { zod: '4.6.7' } }, 12.4);
    expect(text).toMatch(
      /^Ours against another\.\n\nCommit ([0-9a-f]{10}|unknown).*; 12 s; Node v24\..*, zod 4\.6\.7; \d+ × .* load [\d.]+\.\n\ntable$/,
    );
  });

  test.each([
    [12345.6, '12346'],
    [123.4, '123'],
    [12.34, '12.3'],
    [0.0123456, '0.0123'],
    [2, '2'],
  ])('%d is written as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('statistics', () => {
  test('minimum, median and the distance of the quartiles', () => {
    expect(summaryOf([4, 1, 3, 2, 5])).toEqual({ minimum: 1, median: 3, spread: 2 / 3 });
    expect(summaryOf([7])).toEqual({ minimum: 7, median: 7, spread: 0 });
    expect(quantile([1, 2], 0.5)).toBe(1.5);
    expect(() => summaryOf([])).toThrow(RangeError);
  });

  test('each round measures every variant once and starts with another one', async () => {
    const order: string[] = [];
    const measured = await interleaved(['a', 'b'], 2, async (name, round) => {
      order.push(name);
      return `${name}${round}`;
    });
    expect(measured).toEqual({ a: ['a0', 'a1'], b: ['b0', 'b1'] });
    expect(order).toEqual(['a', 'b', 'b', 'a']);
  });
});
