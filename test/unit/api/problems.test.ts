import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exampleProblems } from '../../../functions/api/openapi-problems.ts';
import { problemBody, problemOf, problemResponse } from '../../../functions/api/problem.ts';
import { PROBLEM_PAGES } from '../../../functions/api/problem-pages.ts';
import { PAGES_FILE, pagesModule } from '../../../tools/problems/pages.ts';

const catalogue = readFileSync(resolve(import.meta.dirname, '../../../docs/problems.md'), 'utf8');
const headings = [...catalogue.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
// One example for each reason. A reason without an example does not compile.
const problems = Object.entries(exampleProblems({ partition: 'aws', region: 'us-east-1', accountId: '123456789012' }));

test('docs/problems.md has exactly one heading for each reason', () => {
  expect(headings.toSorted()).toEqual(problems.map(([reason]) => reason.toLowerCase()).toSorted());
});

test('the API serves the pages of docs/problems.md', () => {
  expect(readFileSync(PAGES_FILE, 'utf8'), 'npm run problems updates them').toBe(pagesModule());
});

test.each(Object.entries(PROBLEM_PAGES))(
  'the page %s has no links, because the API serves no other page',
  (_, page) => {
    expect(page).not.toMatch(/\]\(|\bhttps?:/);
    // The HTML supports only paragraphs and code.
    expect(page).not.toMatch(/^\s*[-*|#>]|\*\*/m);
  },
);

test.each(problems)('%s: its type names its section, which starts with its status code', (reason, problem) => {
  const { type, status, retryable } = problemBody(problem, 'id') as Record<string, unknown>;
  expect(type).toBe(`/problems/${reason.toLowerCase()}`);
  const section = catalogue.split(`\n## ${reason.toLowerCase()}\n`)[1] ?? '';
  expect(section.trim().startsWith(String(status))).toBe(true);
  expect(typeof retryable).toBe('boolean');
});

test.each(problems)('%s is a valid HTTP response with a JSON body', (_, problem) => {
  const { statusCode, headers, body = '' } = problemResponse(problem, 'id');
  expect(headers?.['content-type']).toBe('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status: statusCode, correlationId: 'id', detail: expect.any(String) });
  // A 503 must say how long to wait.
  if (statusCode === 503) expect(Number(headers?.['retry-after'])).toBeGreaterThan(0);
});

/** The reasons for which the same request can succeed later, unchanged. */
const RETRYABLE: Readonly<Record<string, boolean>> = {
  // These conditions clear by themselves.
  THROTTLED: true,
  NO_ROOM: true,
  TOO_MANY_UNFINISHED: true,
  TOO_MANY_CALLBACKS: true,
  INTERNAL_ERROR: true,
  // The tracker in the example is CREATE IN_PROGRESS.
  NOT_ACTIVE: true,
  // The account's owner gives access again.
  ACCOUNT_ACCESS_DENIED: true,
};

test.each(problems)('%s says what to do, and whether the same request can succeed later', (reason, problem) => {
  const { remedy, retryable } = problemBody(problem, 'id') as { remedy: string; retryable: boolean };
  expect(retryable).toBe(RETRYABLE[reason] ?? false);
  // Sentences that start with an instruction.
  expect(remedy).toMatch(/^[A-Z].*\.$/);
  expect(remedy).not.toContain(problem.detail);
});

test.each([
  ['CREATE IN_PROGRESS', true, 'Send the interactions once'],
  // An earlier tracker is deleted first.
  ['DELETE PENDING', true, 'Send the interactions once'],
  // Its deletion was requested.
  ['CREATE IN_PROGRESS', false, 'Request an event tracker'],
  ['CREATE FAILED', false, 'Request the event tracker again'],
  ['DELETE PENDING', false, 'Request an event tracker'],
  ['DELETED', false, 'Request an event tracker'],
  ['RELEASED', false, 'Request an event tracker'],
] as const)(
  'the remedy for interactions sent to a tracker that is %s and becomes ACTIVE later (%s)',
  (status, becomesActive, remedy) => {
    const problem = problemOf({ reason: 'NOT_ACTIVE', status, becomesActive });
    expect(problemBody(problem, 'id')).toMatchObject({
      retryable: becomesActive,
      remedy: expect.stringContaining(remedy),
    });
  },
);

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
