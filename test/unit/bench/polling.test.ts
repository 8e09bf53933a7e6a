import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compare, reportOf } from '../../../bench/polling/benchmark.ts';
import { OURS, transitionsOfPoll } from '../../../bench/polling/policies.ts';
import { simulate } from '../../../bench/polling/simulate.ts';

const report = reportOf(compare());

describe('bench:polling', () => {
  test.each(report.goals)('$name: $value $relation $bound', ({ holds }) => {
    expect(holds).toBe(true);
  });

  test('the committed picture shows the present policy: npm run bench:polling writes it', () => {
    for (const [path, content] of Object.entries(report.files ?? {})) {
      expect(readFileSync(join(import.meta.dirname, '../../../bench', path), 'utf8')).toBe(content);
    }
  });

  test('a loop that gives up misses what takes longer, and its polls count', () => {
    const once = { name: 'once', wait: (_: number, polls: number) => (polls === 0 ? 10_000 : undefined) };
    const creation = { name: 'half', take: (random: () => number) => (random() < 0.5 ? 9_000 : 11_000) };
    const { lag, polls, missed } = simulate(once, creation, 10_000, 1);
    expect(lag).toBeCloseTo(1 / 9, 10);
    expect(polls).toBe(1);
    expect(missed).toBeGreaterThan(0.47);
    expect(missed).toBeLessThan(0.53);
  });

  test('a creation of 8 s is noticed at 9 s, by the third poll', () => {
    const { lag, polls } = simulate(OURS, { name: '8 s', take: () => 8_000 }, 100, 1);
    expect({ lag, polls }).toEqual({ lag: 1 / 8, polls: 3 });
  });

  test('a poll of the deployed state machine is a wait, a task and a choice', () => {
    expect(transitionsOfPoll()).toBe(3);
  });
});
