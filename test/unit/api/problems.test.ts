import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exampleProblems } from '../../../functions/api/openapi-problems.ts';
import { problemBody, problemOf, problemResponse } from '../../../functions/api/problem.ts';
import { PROBLEM_PAGES } from '../../../functions/api/problem-pages.ts';
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

test.each(Object.entries(PROBLEM_PAGES))('the page %s links to nothing that the API does not serve', (_, page) => {
  expect(page).not.toMatch(/\]\(|\bhttps?:/);
  // The HTML knows paragraphs and code, and nothing else of Markdown.
  expect(page).not.toMatch(/^\s*[-*|#>]|\*\*/m);
});

test.each(problems)('%s: its type leads to its section, which begins with its status', (reason, problem) => {
  const { type, status, retryable } = problemBody(problem, 'id') as Record<string, unknown>;
  expect(type).toBe(`/problems/${reason.toLowerCase()}`);
  const section = catalogue.split(`\n## ${reason.toLowerCase()}\n`)[1] ?? '';
  expect(section.trim().startsWith(String(status))).toBe(true);
  expect(typeof retryable).toBe('boolean');
});

test.each(problems)('%s is an answer that HTTP and JSON hold', (_, problem) => {
  const { statusCode, headers, body = '' } = problemResponse(problem, 'id');
  expect(headers?.['content-type']).toBe('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status: statusCode, correlationId: 'id', detail: expect.any(String) });
  // An answer that says to wait also says for how long.
  if (statusCode === 503) expect(Number(headers?.['retry-after'])).toBeGreaterThan(0);
});

/** By reason: the same request can succeed later without being changed. */
const RETRYABLE: Readonly<Record<string, boolean>> = {
  // It passes by itself.
  THROTTLED: true,
  NO_ROOM: true,
  TOO_MANY_UNFINISHED: true,
  TOO_MANY_CALLBACKS: true,
  INTERNAL_ERROR: true,
  // The example is CREATE IN_PROGRESS.
  NOT_ACTIVE: true,
};

test.each(problems)('%s says what to do, and whether the same request can succeed later', (reason, problem) => {
  const { remedy, retryable } = problemBody(problem, 'id') as { remedy: string; retryable: boolean };
  expect(retryable).toBe(RETRYABLE[reason] ?? false);
  // Sentences, that begin with what to do.
  expect(remedy).toMatch(/^[A-Z].*\.$/);
  expect(remedy).not.toContain(problem.detail);
});

test.each([
  ['CREATE IN_PROGRESS', true, 'Send the interactions once'],
  // What is left of an earlier tracker is deleted first.
  ['DELETE PENDING', true, 'Send the interactions once'],
  // Its deletion was requested.
  ['CREATE IN_PROGRESS', false, 'Request an event tracker'],
  ['CREATE FAILED', false, 'Request the event tracker again'],
  ['DELETE PENDING', false, 'Request an event tracker'],
  ['DELETED', false, 'Request an event tracker'],
  ['RELEASED', false, 'Request an event tracker'],
] as const)('events for a tracker that is %s, and becomes ACTIVE: %s', (status, becomesActive, remedy) => {
  const problem = problemOf({ reason: 'NOT_ACTIVE', status, becomesActive });
  expect(problemBody(problem, 'id')).toMatchObject({
    retryable: becomesActive,
    remedy: expect.stringContaining(remedy),
  });
});

test.each([
  ['ACTIVE', 'delete it and request a new one'],
  ['DELETE PENDING', 'It is created once this one is deleted'],
  ['DELETE IN_PROGRESS', 'It is created once this one is deleted'],
  ['DELETED', 'Request a new event tracker'],
  ['RELEASED', 'Request a new event tracker'],
] as const)('a retry of an event tracker that is %s names the next step', (status, step) => {
  const { remedy } = problemOf({ reason: 'NOT_FAILED', status });
  expect(remedy).toContain(step);
  expect(remedy).toContain('POST /event-trackers');
});
