import { choice, RETRY, task } from './tasks.ts';

/** The governor's state machine, written as Amazon States Language JSON like the lifecycle's. */
export const ADMISSION = {
  Comment:
    "Admits event trackers that wait to make their calls, at the rate that Personalize's throttle allows, in turn between the tenants. The admission item decides whether this execution still governs. If it ends early, a task or the sweeper starts the next one.",
  StartAt: 'AdmitWaiting',
  States: {
    AdmitWaiting: task('AdmitWaiting', 'One tick: admit those with the lowest places, and learn the rate', {
      retry: RETRY,
      failed: 'AdmissionFailed',
      next: 'NextAction',
    }),
    NextAction: choice({ WaitBeforeNextTick: 'WaitBeforeNextTick', Done: 'Done' }),
    WaitBeforeNextTick: { Type: 'Wait', SecondsPath: '$.next.waitSeconds', Next: 'AdmitWaiting' },
    Done: {
      Comment: 'Nobody waits, another execution governs, or the next one was started after 1,500 ticks',
      Type: 'Succeed',
    },
    UnknownAction: {
      Type: 'Fail',
      Error: 'UnknownAction',
      Cause:
        'The task returned an action that this version of the state machine does not know. The next governor is started within a minute.',
    },
    AdmissionFailed: {
      Type: 'Fail',
      Error: 'AdmissionFailed',
      Cause: 'The task failed after its last retry; its log says why. The next governor is started within a minute.',
    },
  },
};
