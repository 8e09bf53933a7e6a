import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const deletion: Request = { ask: 'deletion' };
const retry: Request = { ask: 'retry' };

/** Trackers that wait for their admission, or pass; a governor that admits them, and dies. */
export const ADMISSION_QUICK: readonly Scenario[] = [
  {
    name: 'admission: the governor and executions die',
    requests: [tracker],
    faults: { governorDies: 2, crash: 2 },
    admission: true,
  },
  {
    name: 'admission: deleted while waiting',
    requests: [tracker, { ...tracker, withToken: true }, deletion],
    faults: { governorDies: 1 },
    admission: true,
  },
  {
    name: 'admission: admitted, and not started',
    requests: [tracker, deletion],
    faults: { startLost: 1, governorDies: 1 },
    admission: true,
  },
];

export const ADMISSION_DEEP: readonly Scenario[] = [
  {
    name: 'admission: deleted and requested again, executions die',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { governorDies: 1, crash: 1 },
    admission: true,
  },
  {
    name: 'admission: live owners are taken over, a task is invoked twice',
    requests: [tracker, deletion],
    faults: { blind: 1, duplicate: 1 },
    admission: true,
  },
  {
    name: 'admission: live owners are taken over, a write whose response is lost',
    requests: [tracker, deletion],
    faults: { blind: 1, saveLost: 1 },
    admission: true,
  },
  {
    name: 'admission: late creates, deleted while waiting',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { createLate: 1, governorDies: 1 },
    admission: true,
  },
  {
    name: 'admission: hand-overs, and starts that are lost',
    requests: [tracker, deletion],
    faults: { handOver: 1, startLost: 1, governorDies: 1 },
    admission: true,
  },
  {
    name: 'admission: failed and retried, deadlines',
    requests: [tracker, retry, deletion],
    faults: { refused: 1, deadline: 1, crash: 1 },
    admission: true,
  },
  {
    name: 'admission: tags changed, then released',
    requests: [{ ask: 'adopt' }, { ask: 'patch', tags: 'A' }, deletion],
    faults: { governorDies: 1, crash: 1 },
    foreign: true,
    admission: true,
  },
  {
    name: 'admission: task tokens, repeated requests',
    requests: [tracker, { ...tracker, withToken: true }, deletion],
    faults: { repeat: 1, crash: 1, governorDies: 1 },
    admission: true,
  },
  {
    name: 'admission: deleted out of band, the drift check',
    requests: [tracker, deletion],
    faults: { deletedOutOfBand: 1, createLate: 1, crash: 1 },
    drift: true,
    recreateMissing: true,
    admission: true,
  },
];
