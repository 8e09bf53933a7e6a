import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exampleProblems } from '../../../functions/api/openapi-problems.ts';
import { problemAnswer, problemBody } from '../../../functions/api/problem.ts';
import { PAGES_FILE, pagesModule } from '../../../tools/problems/pages.ts';

const catalogue = readFileSync(resolve(import.meta.dirname, '../../../docs/problems.md'), 'utf8');
const headings = [...catalogue.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
// One of every reason: a reason without an example does not compile.
const problems = Object.entries(exampleProblems({ partition: 'aws', region: 'us-east-1', accountId: '123456789012' }));

test('the catalogue has a heading of every reason, and no other', () => {
  expect(headings.toSorted()).toEqual(problems.map(([reason]) => reason.toLowerCase()).toSorted());
});

test('the pages that the API serves are those of docs/problems.md', () => {
  expect(readFileSync(PAGES_FILE, 'utf8'), 'npm run problems updates them').toBe(pagesModule());
});

test.each(problems)('%s: its type leads to its section, which begins with its status', (reason, problem) => {
  const { type, status, retryable } = problemBody(problem, 'id') as Record<string, unknown>;
  expect(type).toBe(`/problems/${reason.toLowerCase()}`);
  const section = catalogue.split(`\n## ${reason.toLowerCase()}\n`)[1] ?? '';
  expect(section.trim().startsWith(String(status))).toBe(true);
  expect(typeof retryable).toBe('boolean');
});

test.each(problems)('%s is an answer that HTTP and JSON hold', (_, problem) => {
  const { statusCode, headers, body = '' } = problemAnswer(problem, 'id');
  expect(headers?.['content-type']).toBe('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status: statusCode, correlationId: 'id', detail: expect.any(String) });
  // Whoever is told to wait is told for how long.
  if (statusCode === 503) expect(Number(headers?.['retry-after'])).toBeGreaterThan(0);
});
