import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AWS_PAGES, allPages, blocksOf, LANGUAGES, PAGES, ROOT, RUNS_ON_AWS } from './pages.ts';

/** Pages without blocks to paste. */
const OTHERS = ['CHANGELOG.md', 'SECURITY.md'];

test('every page is pasted by test:ci or is listed as having nothing to paste', () => {
  expect(allPages()).toEqual([...PAGES, ...OTHERS].sort());
  for (const page of OTHERS) expect(blocksOf(page), page).toEqual([]);
});

test('exactly the pages whose commands need AWS say so', () => {
  const saying = PAGES.filter((page) => readFileSync(join(ROOT, page), 'utf8').includes(`\n${RUNS_ON_AWS}`));
  expect(saying).toEqual(AWS_PAGES);
});

test.each(PAGES)('every fenced block of %s says what it is; JSON is JSON', (page) => {
  for (const { line, language, text } of blocksOf(page)) {
    const place = `${page}:${line}`;
    expect(LANGUAGES, place).toContain(language);
    if (language === 'json') expect(() => JSON.parse(text), place).not.toThrow();
    if (language === 'console') expect(text, place).toMatch(/^\$ /);
  }
});
