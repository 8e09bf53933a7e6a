import { type FaultCase, type Outcome, personalize, reached, refusal, type Script, UNPLANNED } from './row.ts';

const lifecycle = 'change of tags';
const MADE: Outcome = { ...reached(lifecycle), status: 'ACTIVE', left: ['ACTIVE'], creates: ['OK'] };
const NOT_MADE: Outcome = { ...MADE, published: ['ACTIVE', 'UPDATE_FAILED'] };

/** Every fault of a call of UpdateTags. Each call may be repeated, and a change that fails leaves the tracker ACTIVE. */
function rowsOf(operation: 'ListTagsForResource' | 'UntagResource' | 'TagResource'): FaultCase[] {
  const row = (fault: string, script: Script, happens: string, outcome: Outcome = MADE): FaultCase => ({
    lifecycle,
    step: `UpdateTags, ${operation}`,
    fault,
    happens,
    scripts: [script],
    ...outcome,
  });
  const again = 'Called again: the same tags are the same change.';
  return [
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Only this task is retried, with growing waits.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), again),
    row('lost-answer', personalize(operation, 'lost-answer'), again),
    row('garbled', personalize(operation, 'garbled'), again),
    row('delay 500 ms', personalize(operation, 'delay', 1, { delayMs: 500 }), 'The answer is awaited.'),
    ...(operation === 'ListTagsForResource'
      ? []
      : [row('late-act 500 ms', personalize(operation, 'late-act', 1, { delayMs: 500 }), again)]),
    row('access-denied', personalize(operation, 'access-denied'), 'The change fails; the tracker stays ACTIVE.', {
      ...NOT_MADE,
      code: 'ACCESS_DENIED',
    }),
    row(UNPLANNED, refusal(operation), 'The change is rejected; the tracker stays ACTIVE.', {
      ...NOT_MADE,
      code: 'REFUSED_BY_PERSONALIZE',
    }),
  ];
}

export const UPDATE_ROWS: readonly FaultCase[] = [
  ...rowsOf('ListTagsForResource'),
  ...rowsOf('UntagResource'),
  ...rowsOf('TagResource'),
];
