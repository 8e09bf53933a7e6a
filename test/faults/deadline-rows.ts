import { type FaultCase, failed, LAG_TIMES, personalize, reached, refusal, UNPLANNED } from './row.ts';

const STUCK_DELETION = personalize('DeleteEventTracker', 'stuck');
const DELETE_STEP = 'DeleteEventTracker, DeleteEventTracker';
/** For as long as the row is played. */
const FOR_EVER = `${UNPLANNED} for ever`;
const refusedForEver = (operation: string) => [refusal(operation, LAG_TIMES)];
const CREATE_STEP = 'CreateEventTracker, CreateEventTracker';

/** What is stuck, and what takes longer than the deadline without being a failure. */
export const DEADLINE_ROWS: readonly FaultCase[] = [
  {
    lifecycle: 'creation',
    step: CREATE_STEP,
    fault: 'stuck',
    happens:
      'After the deadline the request fails. Personalize deletes no tracker that is being created: the cleanup stays pending.',
    scripts: [personalize('CreateEventTracker', 'stuck')],
    ...failed('creation', 'DEADLINE_EXCEEDED', ['OK']),
    left: ['CREATE IN_PROGRESS'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: DELETE_STEP,
    fault: 'stuck',
    happens:
      'After create-failed. What is left does not go; after the deadline the true reason is reported all the same.',
    scripts: [personalize('CreateEventTracker', 'create-failed'), STUCK_DELETION],
    ...failed('creation', 'CREATE_FAILED', ['OK']),
    left: ['DELETE IN_PROGRESS'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: DELETE_STEP,
    fault: 'access-denied, past the deadline',
    happens:
      'After create-failed. The true reason is reported after the deadline; what is left goes once it is allowed.',
    scripts: [
      personalize('CreateEventTracker', 'create-failed'),
      personalize('DeleteEventTracker', 'access-denied', 2),
    ],
    ...failed('creation', 'CREATE_FAILED', ['OK']),
  },
  {
    lifecycle: 'creation',
    step: CREATE_STEP,
    fault: 'throttle ×8, past the deadline',
    happens: 'The deadline counts from the definite answer of a create: waiting for a turn is no failure.',
    scripts: [personalize('CreateEventTracker', 'throttle', 8)],
    ...reached('creation', {}, [...Array<string>(8).fill('LimitExceededException'), 'OK']),
  },
  {
    lifecycle: 'creation',
    step: 'Observe, DescribeEventTracker',
    fault: 'throttle ×8, past the deadline',
    happens: 'What is seen decides, however late: ACTIVE is ACTIVE.',
    scripts: [personalize('DescribeEventTracker', 'throttle', 8)],
    ...reached('creation'),
  },
  {
    lifecycle: 'deletion',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'Polled again and again: DELETED is not reported before it is true.',
    scripts: [STUCK_DELETION],
    ...reached('deletion', { status: 'DELETE PENDING', published: ['ACTIVE'], left: ['DELETE IN_PROGRESS'] }),
    cleanupPending: true,
  },
  {
    lifecycle: 'creation again behind a deletion',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'What is left blocks the creation; after the deadline the request fails. The cleanup stays pending.',
    scripts: [STUCK_DELETION],
    ...failed('creation again behind a deletion', 'DEADLINE_EXCEEDED', []),
    left: ['DELETE IN_PROGRESS'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, DescribeEventTracker',
    fault: FOR_EVER,
    happens:
      'An unreadable response: after the deadline the failure names it. The cleanup stays pending, and deletes the tracker once it can be read.',
    scripts: refusedForEver('DescribeEventTracker'),
    ...failed('creation', 'REFUSED_BY_PERSONALIZE', ['OK']),
    left: ['ACTIVE'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, ListEventTrackers',
    fault: `${UNPLANNED} ×30, past the deadline`,
    happens: 'After the deadline the failure names it. Nothing is created by who cannot see what is there.',
    scripts: [refusal('ListEventTrackers', 30)],
    ...failed('creation', 'REFUSED_BY_PERSONALIZE', []),
  },
  {
    lifecycle: 'deletion',
    step: DELETE_STEP,
    fault: FOR_EVER,
    happens: 'Requested again and again, a minute apart in the end, with a warning in the log: no caller waits for it.',
    scripts: refusedForEver('DeleteEventTracker'),
    ...reached('deletion', { status: 'DELETE PENDING', published: ['ACTIVE'], left: ['ACTIVE'] }),
    cleanupPending: true,
  },
  {
    lifecycle: 'creation again behind a deletion',
    step: DELETE_STEP,
    fault: FOR_EVER,
    happens:
      'What is left blocks the creation; after the deadline the failure names the refusal. The cleanup stays pending.',
    scripts: refusedForEver('DeleteEventTracker'),
    ...failed('creation again behind a deletion', 'DEADLINE_EXCEEDED', []),
    left: ['ACTIVE'],
    cleanupPending: true,
  },
];
