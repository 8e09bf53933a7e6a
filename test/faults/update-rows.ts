import { type FaultCase, type Outcome, personalize, reached, refusal, type Script, UNPLANNED } from './row.ts';

const lifecycle = 'change of tags';
const MADE = reached(lifecycle);
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

/** Faults of the reads by which Observe finds out whether the calls took effect. Until TagResource is answered, it reads no tags. */
function observeRows(): FaultCase[] {
  const operation = 'ListTagsForResource';
  const row = (fault: string, script: Script, happens: string, outcome: Outcome = MADE): FaultCase => ({
    lifecycle,
    step: `Observe, ${operation}`,
    fault,
    happens,
    scripts: [personalize('TagResource', 'delay', 1, { delayMs: 500 })],
    during: { operation: 'TagResource', scripts: [script] },
    ...outcome,
  });
  const again = 'Read again.';
  return [
    row('throttle ×4', personalize(operation, 'throttle', 4), 'Read again, with growing waits.'),
    row('server-error ×2', personalize(operation, 'server-error', 2), again),
    row('lost-answer', personalize(operation, 'lost-answer'), again),
    row('garbled', personalize(operation, 'garbled'), again),
    row(`${UNPLANNED} ×2`, refusal(operation, 2), 'Read again, with growing waits.'),
    row('access-denied', personalize(operation, 'access-denied'), 'The change was made, but it cannot be verified.', {
      ...NOT_MADE,
      code: 'ACCESS_DENIED',
    }),
  ];
}

export const UPDATE_ROWS: readonly FaultCase[] = [
  ...observeRows(),
  ...rowsOf('ListTagsForResource'),
  ...rowsOf('UntagResource'),
  ...rowsOf('TagResource'),
];
