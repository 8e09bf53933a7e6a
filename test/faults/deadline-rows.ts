import { type FaultCase, failed, LAG_TIMES, LIFECYCLES, personalize, reached, refusal, UNPLANNED } from './row.ts';

const STUCK_DELETION = personalize('DeleteEventTracker', 'stuck');
const DELETE_STEP = 'DeleteEventTracker, DeleteEventTracker';
/** For as long as the row runs. */
const FOREVER = `${UNPLANNED} forever`;
const refusedForever = (operation: string) => [refusal(operation, LAG_TIMES)];
/** Personalize may get over it, unlike over a fault of the request. */
const BUSY = 'ResourceInUseException';
const updateFailed = (code: string) =>
  reached('change of tags', { code, published: [...LIFECYCLES['change of tags'].published, 'UPDATE_FAILED'] });
const CREATE_STEP = 'CreateEventTracker, CreateEventTracker';

/** Operations that never finish, and operations that take longer than the deadline without failing. */
export const DEADLINE_ROWS: readonly FaultCase[] = [
  {
    lifecycle: 'creation',
    step: CREATE_STEP,
    fault: 'stuck',
    happens:
      'After the deadline the request fails. Personalize does not delete a tracker that is being created, so the cleanup stays pending.',
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
      'After create-failed. The failed tracker cannot be deleted; after the deadline, the original failure is reported nevertheless.',
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
      'After create-failed. After the deadline, the original failure is reported; the failed tracker is deleted once that is allowed.',
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
    happens: 'The deadline starts with a definite answer to a create call, so throttling is not a failure.',
    scripts: [personalize('CreateEventTracker', 'throttle', 8)],
    ...reached('creation', {}, [...Array<string>(8).fill('LimitExceededException'), 'OK']),
  },
  {
    lifecycle: 'creation',
    step: 'Observe, DescribeEventTracker',
    fault: 'throttle ×8, past the deadline',
    happens: 'The observed status counts, however late: the tracker is ACTIVE.',
    scripts: [personalize('DescribeEventTracker', 'throttle', 8)],
    ...reached('creation'),
  },
  {
    lifecycle: 'deletion',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'Polled until the tracker is gone; DELETED is not reported before that.',
    scripts: [STUCK_DELETION],
    ...reached('deletion', { status: 'DELETE PENDING', published: ['ACTIVE'], left: ['DELETE IN_PROGRESS'] }),
    cleanupPending: true,
  },
  {
    lifecycle: 'recreation during a deletion',
    step: DELETE_STEP,
    fault: 'stuck',
    happens: 'The old tracker blocks the creation; after the deadline the request fails. The cleanup stays pending.',
    scripts: [STUCK_DELETION],
    ...failed('recreation during a deletion', 'DEADLINE_EXCEEDED', []),
    left: ['DELETE IN_PROGRESS'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, DescribeEventTracker',
    fault: FOREVER,
    happens:
      'After the deadline, the failure names the unreadable response. The cleanup stays pending and deletes the tracker once it can be read.',
    scripts: refusedForever('DescribeEventTracker'),
    ...failed('creation', 'REFUSED_BY_PERSONALIZE', ['OK']),
    left: ['ACTIVE'],
    cleanupPending: true,
  },
  {
    lifecycle: 'creation',
    step: 'Observe, ListEventTrackers',
    fault: `${UNPLANNED} ×30, past the deadline`,
    happens: 'After the deadline, the failure names the error. Without a list, the service creates nothing.',
    scripts: [refusal('ListEventTrackers', 30)],
    ...failed('creation', 'REFUSED_BY_PERSONALIZE', []),
  },
  {
    lifecycle: 'deletion',
    step: DELETE_STEP,
    fault: FOREVER,
    happens: 'Called again with waits that grow to a minute, and with a warning in the log. No caller waits for it.',
    scripts: refusedForever('DeleteEventTracker'),
    ...reached('deletion', { status: 'DELETE PENDING', published: ['ACTIVE'], left: ['ACTIVE'] }),
    cleanupPending: true,
  },
  {
    lifecycle: 'recreation during a deletion',
    step: DELETE_STEP,
    fault: FOREVER,
    happens:
      'The old tracker blocks the creation; after the deadline, the failure names the refusal. The cleanup stays pending.',
    scripts: refusedForever('DeleteEventTracker'),
    ...failed('recreation during a deletion', 'DEADLINE_EXCEEDED', []),
    left: ['ACTIVE'],
    cleanupPending: true,
  },
  {
    lifecycle: 'change of tags',
    step: 'UpdateTags, TagResource',
    fault: `${BUSY} forever`,
    happens: 'Called again with growing waits. After the deadline, the change fails; the tracker stays ACTIVE.',
    scripts: [{ ...personalize('TagResource', 'error', LAG_TIMES), error: BUSY }],
    ...updateFailed('DEADLINE_EXCEEDED'),
  },
  {
    lifecycle: 'change of tags',
    step: 'Observe, ListTagsForResource',
    fault: FOREVER,
    happens: 'After the deadline, the failure names the unreadable response. The tracker stays ACTIVE.',
    scripts: [personalize('TagResource', 'delay', 1, { delayMs: 500 })],
    during: { operation: 'TagResource', scripts: refusedForever('ListTagsForResource') },
    ...updateFailed('REFUSED_BY_PERSONALIZE'),
  },
  {
    lifecycle: 'change of tags',
    step: 'UpdateTags, TagResource',
    fault: 'throttle ×8, past the deadline',
    happens: 'The deadline starts with a definite answer, so throttling is not a failure.',
    scripts: [personalize('TagResource', 'throttle', 8)],
    ...reached('change of tags'),
  },
];
