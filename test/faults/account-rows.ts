import { type FaultCase, failed, type Lifecycle, type Outcome, personalize, reached, type Script } from './row.ts';

/** Ends the session of the role, and refuses, throttles or does not answer the next calls that assume it. */
const sts = (fault: string, times = 1): Script => ({ place: 'sts', operation: 'AssumeRole', fault, times });

const STEP = 'AssumeRole, for the first call to Personalize';

/** The role is assumed by whichever task comes first: Observe. */
function firstCallRows(lifecycle: Lifecycle, denied: { happens: string; outcome: Outcome }): FaultCase[] {
  const row = (fault: string, times: number, happens: string, outcome: Outcome = reached(lifecycle)): FaultCase => ({
    lifecycle,
    step: STEP,
    fault: times === 1 ? fault : `${fault} ×${times}`,
    happens,
    scripts: [sts(fault, times)],
    ...outcome,
  });
  return [
    row('throttle', 4, 'The task is repeated with growing waits, as if Personalize had throttled it.'),
    row('server-error', 2, 'The task is repeated.'),
    row('cut', 2, 'The task is repeated.'),
    row('access-denied', 1, denied.happens, denied.outcome),
  ];
}

/** What happens while a create call is on its way, which takes long enough for that. */
const duringCreate = (fault: string, happens: string, scripts: readonly Script[], outcome: Outcome): FaultCase => ({
  lifecycle: 'creation',
  step: 'AssumeRole, after CreateEventTracker',
  fault,
  happens,
  scripts: [personalize('CreateEventTracker', 'delay', 1, { delayMs: 800 })],
  during: { operation: 'CreateEventTracker', scripts },
  ...outcome,
});

const EXPIRED = 'ExpiredTokenException';
/** Personalize refuses the session in the middle; STS gives a new one. */
const expiredAt = (operation: string, lifecycle: Lifecycle, outcome: Outcome): FaultCase => ({
  lifecycle,
  step: operation,
  fault: EXPIRED,
  happens: 'The role is assumed again, and the call is sent once more.',
  scripts: [{ ...personalize(operation, 'error'), error: EXPIRED }],
  ...outcome,
});

/** Faults of the role in another account, in which the dataset group is. */
export const ACCOUNT_ROWS: readonly FaultCase[] = [
  ...firstCallRows('creation', {
    happens: 'A failure that names the role and the account; nothing was created.',
    outcome: failed('creation', 'ACCESS_DENIED', []),
  }),
  expiredAt('DescribeDatasetGroup', 'creation', reached('creation')),
  expiredAt('CreateEventTracker', 'creation', reached('creation', {}, [EXPIRED, 'OK'])),
  expiredAt('DescribeEventTracker', 'creation', reached('creation')),
  duringCreate(
    'access-denied',
    'The role is lost while the tracker is created: a failure that names it. The tracker is deleted once the role is back.',
    [sts('access-denied')],
    failed('creation', 'ACCESS_DENIED', ['OK']),
  ),
  duringCreate(
    'throttle ×4',
    'The session ended while the tracker was created. It is polled once STS gives a new one.',
    [sts('throttle', 4)],
    reached('creation'),
  ),
  ...firstCallRows('deletion', {
    happens: 'Polled again a minute later.',
    outcome: reached('deletion'),
  }),
  expiredAt('DeleteEventTracker', 'deletion', reached('deletion')),
];
