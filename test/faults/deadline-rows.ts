import { failed, personalize, type Row, reached } from './row.ts';

const STUCK_DELETION = personalize('DeleteEventTracker', 'stuck');
const DELETE_STEP = 'DeleteEventTracker, DeleteEventTracker';
const CREATE_STEP = 'CreateEventTracker, CreateEventTracker';

/** What is stuck, and what takes longer than the deadline without being a failure. */
export const DEADLINE_ROWS: readonly Row[] = [
  {
    lifecycle: 'creation',
    step: CREATE_STEP,
    fault: 'stuck',
    happens:
      'After the deadline the failure says so. Personalize deletes no tracker that is being created: its removal stays owed.',
    scripts: [personalize('CreateEventTracker', 'stuck')],
    ...failed('creation', 'DEADLINE_EXCEEDED', ['OK']),
    left: ['CREATE IN_PROGRESS'],
    owes: true,
  },
  {
    lifecycle: 'creation',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'After create-failed. What is left does not go; after the deadline the true reason is told all the same.',
    scripts: [personalize('CreateEventTracker', 'create-failed'), STUCK_DELETION],
    ...failed('creation', 'CREATE_FAILED', ['OK']),
    left: ['DELETE IN_PROGRESS'],
    owes: true,
  },
  {
    lifecycle: 'creation',
    step: DELETE_STEP,
    fault: 'access-denied, past the deadline',
    happens: 'After create-failed. The true reason is told after the deadline; what is left goes once it is allowed.',
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
    happens: 'Looked at again and again: DELETED is not told before it is true.',
    scripts: [STUCK_DELETION],
    ...reached('deletion', { status: 'DELETE PENDING', told: ['ACTIVE'], left: ['DELETE IN_PROGRESS'] }),
    owes: true,
  },
  {
    lifecycle: 'creation again behind a deletion',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'What is left stands in the way; after the deadline the failure says so. Its removal stays owed.',
    scripts: [STUCK_DELETION],
    ...failed('creation again behind a deletion', 'DEADLINE_EXCEEDED', []),
    left: ['DELETE IN_PROGRESS'],
    owes: true,
  },
];
