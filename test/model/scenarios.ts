import { ATTEMPT_DEEP, ATTEMPT_QUICK } from './attempt-scenarios.ts';
import { DATASET_GROUP_DEEP, DATASET_GROUP_QUICK } from './dataset-group-scenarios.ts';
import { DEPLOYMENT_DEEP, DEPLOYMENT_QUICK } from './deployment-scenarios.ts';
import { DRIFT_DEEP, DRIFT_QUICK } from './drift-scenarios.ts';
import { UNREADABLE_DEEP, UNREADABLE_QUICK } from './unreadable-scenarios.ts';
import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const withToken: Request = { ask: 'tracker', withToken: true };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };
/** Asked for once the second request is accepted. */
const trackerAgain: Request = { ask: 'tracker', after: 1 };

/** One family of faults each, and small. quick.test.ts says which of them `npm test` explores, and which `npm run test:ci` adds. */
export const QUICK: readonly Scenario[] = [
  {
    name: 'executions die and are not started',
    requests: [tracker],
    faults: { crash: 2, startLost: 1, createFailed: 1 },
  },
  {
    name: 'executions hand over',
    requests: [tracker, deletion],
    faults: { handOver: 2, crash: 1, createLost: 1 },
  },
  {
    name: 'creates are lost, late and not visible yet',
    requests: [tracker],
    faults: { createLost: 1, createLate: 1, createVanished: 1, lag: 1 },
  },
  {
    name: 'deleted while a create is late',
    requests: [tracker, deletion],
    faults: { createLate: 2, createVanished: 1 },
  },
  { name: 'deleted and requested again', requests: [tracker, deletion, trackerAgain], faults: { createLate: 1 } },
  { name: 'writes whose answer is lost', requests: [tracker, deletion], faults: { saveLost: 1, lag: 1 } },
  { name: 'requests that come again', requests: [tracker, deletion, trackerAgain], faults: { repeat: 1 } },
  {
    name: 'refused, failed and retried',
    requests: [tracker, retry],
    faults: { refused: 1, createFailed: 1, createLate: 1 },
  },
  { name: 'the preflight fails', requests: [tracker, retry, deletion], faults: { checkFails: 2, crash: 1 } },
  {
    name: 'deleted behind our back',
    requests: [tracker, deletion],
    faults: { deletedOutOfBand: 1, createLate: 1 },
    drift: true,
  },
  { name: 'made behind our back', requests: [tracker, adopt], faults: { createdOutOfBand: 1, lag: 1 }, drift: true },
  {
    name: 'adopted, and destroyed',
    requests: [adopt, destruction, tracker],
    faults: { deletedOutOfBand: 1 },
    foreign: true,
    drift: true,
  },
  { name: 'adopted, and released', requests: [adopt, deletion, tracker], faults: { createLate: 1 }, foreign: true },
  {
    name: 'contexts replaced, and old requests that come again',
    requests: [
      { ...tracker, context: 'A' },
      { ...tracker, context: 'A' },
      { ...tracker, context: 'B' },
    ],
    faults: { repeat: 2, createFailed: 1 },
  },
  {
    name: 'the context of an adopted tracker replaced',
    requests: [{ ...adopt, context: 'A' }, { ...tracker, context: 'B' }, deletion],
    faults: { repeat: 2 },
    foreign: true,
  },
  { name: 'task tokens', requests: [tracker, withToken, deletion], faults: { createFailed: 1, repeat: 1 } },
  { name: 'deadlines', requests: [tracker, retry, deletion], faults: { deadline: 1, createLate: 1 } },
  { name: 'a sweep takes over the living', requests: [tracker, deletion], faults: { blind: 1 } },
  { name: 'stopped by an operator', requests: [tracker, deletion], faults: { abort: 1 } },
  { name: 'tasks invoked twice', requests: [tracker], faults: { duplicate: 1, createFailed: 1, createLost: 1 } },
  {
    name: 'throttles, and deletes late or lost',
    requests: [tracker, deletion],
    faults: { throttled: 1, createLate: 1, deleteLate: 1, deleteLost: 1 },
  },
  {
    name: 'tags that can not be read',
    requests: [tracker, deletion],
    faults: { tagsUnreadable: 1, createLost: 1 },
    ageing: true,
    drift: true,
  },
  { name: 'a role that may not read', requests: [tracker, deletion, retry], faults: { denied: 1, createLost: 1 } },
  {
    name: 'a list that names what is gone',
    requests: [tracker, deletion, trackerAgain],
    faults: { staleList: 1 },
    ageing: true,
  },
  {
    name: 'purged, then another tenant',
    requests: [tracker, deletion, { ask: 'tracker', tenant: 'other', after: 1 }],
    faults: { crash: 1 },
    purge: true,
  },
  { name: 'a bus that is down', requests: [tracker, deletion], faults: { busDown: 2, crash: 1 } },
  ...DRIFT_QUICK,
  ...UNREADABLE_QUICK,
  ...DEPLOYMENT_QUICK,
  ...DATASET_GROUP_QUICK,
  ...ATTEMPT_QUICK,
];

/** The same families with more of each, and mixed: minutes. */
export const DEEP: readonly Scenario[] = [
  {
    name: 'executions die and are not started, two requests',
    requests: [tracker, deletion, trackerAgain],
    faults: { crash: 1, startLost: 1, createFailed: 1 },
  },
  {
    name: 'executions hand over, and are taken over alive',
    requests: [tracker, deletion],
    faults: { handOver: 1, blind: 1 },
  },
  {
    name: 'executions hand over, a task is invoked twice',
    requests: [tracker, deletion],
    faults: { handOver: 1, duplicate: 1 },
  },
  {
    name: 'executions hand over twice, the next one is not started',
    requests: [tracker, deletion],
    faults: { handOver: 2, startLost: 1 },
  },
  {
    name: 'executions hand over, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { handOver: 1, startLost: 1 },
  },
  {
    name: 'executions hand over, taken over alive, a task is invoked twice',
    requests: [tracker],
    faults: { handOver: 2, blind: 1, duplicate: 1, startLost: 1 },
  },
  {
    name: 'two late creates, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { createLate: 2, createVanished: 1 },
  },
  {
    name: 'creates lost, late and not visible, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { createLost: 1, createLate: 1, lag: 1 },
  },
  {
    name: 'writes whose answer is lost, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { saveLost: 1, lag: 1 },
  },
  { name: 'two writes whose answer is lost', requests: [tracker, deletion], faults: { saveLost: 2, createLate: 1 } },
  {
    name: 'requests that come again, an execution dies',
    requests: [tracker, deletion, trackerAgain],
    faults: { repeat: 2, crash: 1 },
  },
  {
    name: 'refused, failed and retried twice',
    requests: [tracker, retry, retry],
    faults: { refused: 1, createFailed: 1, createLate: 1, crash: 1 },
  },
  {
    name: 'deleted behind our back, two late creates',
    requests: [tracker, deletion, tracker],
    faults: { deletedOutOfBand: 1, createLate: 2 },
    drift: true,
  },
  {
    name: 'deleted and made behind our back',
    requests: [tracker, deletion, destruction],
    faults: { deletedOutOfBand: 2, createLost: 1, createdOutOfBand: 1 },
    drift: true,
  },
  {
    name: 'deleted behind our back, and made again',
    requests: [tracker, deletion, destruction],
    faults: { deletedOutOfBand: 2, createLate: 1, createLost: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'made behind our back, then adopted',
    requests: [tracker, adopt, deletion],
    faults: { createdOutOfBand: 1, lag: 1, createLate: 1 },
    drift: true,
  },
  {
    name: 'adopted and destroyed, then one of our own',
    requests: [adopt, destruction, trackerAgain],
    faults: { deletedOutOfBand: 1, createLate: 1, crash: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted twice, with a list that lags',
    requests: [adopt, deletion, { ...adopt, after: 1 }],
    faults: { deletedOutOfBand: 1, createdOutOfBand: 1, staleList: 1 },
    foreign: true,
    drift: true,
    ageing: true,
  },
  {
    name: 'an adoption that fails',
    requests: [adopt, retry, deletion],
    faults: { createdOutOfBand: 1, deadline: 1, createFailed: 1, createLate: 1 },
  },
  {
    name: 'two deadlines, retried and deleted',
    requests: [tracker, retry, deletion],
    faults: { deadline: 2, createLate: 1, crash: 1 },
  },
  {
    name: 'two deadlines, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { deadline: 2, createLate: 1 },
    inProgress: true,
  },
  {
    name: 'in the way, and not to be seen',
    requests: [tracker, retry, deletion],
    faults: { deadline: 1, createdOutOfBand: 1, lag: 1, deletedOutOfBand: 1 },
    drift: true,
  },
  { name: 'two sweeps take over the living', requests: [tracker, deletion, trackerAgain], faults: { blind: 2 } },
  {
    name: 'stopped, invoked twice, and dead',
    requests: [tracker, deletion],
    faults: { abort: 1, duplicate: 1, crash: 1 },
  },
  { name: 'two duplicates of a refused create', requests: [tracker, retry], faults: { duplicate: 2, refused: 1 } },
  {
    name: 'throttles, and deletes late and twice',
    requests: [tracker, deletion],
    faults: { throttled: 1, createLate: 1, deleteLate: 1, duplicate: 1 },
  },
  {
    name: 'tags that can not be read, requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { tagsUnreadable: 1, createLost: 1, createLate: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'our own, adopted while its tags can not be read, and released',
    requests: [tracker, adopt, deletion],
    faults: { tagsUnreadable: 1, createLost: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'contexts replaced, old requests that come again, deleted and requested again',
    requests: [
      { ...tracker, context: 'A' },
      { ...tracker, context: 'B' },
      deletion,
      { ...tracker, context: 'A', after: 2 },
    ],
    faults: { repeat: 2, saveLost: 1 },
  },
  {
    name: 'a role that may not read, late creates',
    requests: [tracker, deletion, retry],
    faults: { denied: 1, createLost: 1, createLate: 1, deadline: 1 },
  },
  {
    name: 'a list that names what is gone, behind our back',
    requests: [tracker, deletion, trackerAgain],
    faults: { staleList: 1, deletedOutOfBand: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'purged, then another tenant, a late create',
    requests: [tracker, deletion, { ask: 'tracker', tenant: 'other', after: 1 }],
    faults: { crash: 1, createLate: 1 },
    purge: true,
    drift: true,
  },
  {
    name: 'failed before any create, purged',
    requests: [tracker, deletion, tracker],
    faults: { checkFails: 1, deletedOutOfBand: 1, repeat: 1 },
    purge: true,
    drift: true,
  },
  {
    name: 'four task tokens',
    requests: [tracker, withToken, deletion, { ...withToken, after: 2 }],
    faults: { createFailed: 1, repeat: 1 },
  },
  {
    name: 'task tokens, retried, a write whose answer is lost',
    requests: [tracker, withToken, retry, deletion],
    faults: { refused: 1, saveLost: 1, createLate: 1 },
  },
  {
    name: 'deleted twice, asked for in between',
    requests: [tracker, deletion, trackerAgain, { ...deletion, after: 2 }],
    faults: { createLate: 1, createFailed: 1 },
  },
  {
    name: 'adopted while tags can not be read, then one of our own',
    requests: [adopt, deletion, trackerAgain],
    faults: { tagsUnreadable: 1, createLate: 1, createdOutOfBand: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'made behind our back after a deletion, with a list that lags',
    requests: [tracker, deletion, trackerAgain],
    faults: { staleList: 1, createLost: 1, createdOutOfBand: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'a bus that is down, executions die',
    requests: [tracker, deletion, trackerAgain],
    faults: { busDown: 2, crash: 1 },
  },
  {
    name: 'a little of everything',
    requests: [tracker, deletion],
    faults: { crash: 1, createLost: 1, lag: 1, blind: 1, saveLost: 1 },
  },
  ...DRIFT_DEEP,
  ...UNREADABLE_DEEP,
  ...DEPLOYMENT_DEEP,
  ...DATASET_GROUP_DEEP,
  ...ATTEMPT_DEEP,
];
