import { ADMISSION_DEEP, ADMISSION_QUICK } from './admission-scenarios.ts';
import { ATTEMPT_DEEP, ATTEMPT_QUICK } from './attempt-scenarios.ts';
import { DATASET_GROUP_DEEP, DATASET_GROUP_QUICK } from './dataset-group-scenarios.ts';
import { DEPLOYMENT_DEEP, DEPLOYMENT_QUICK } from './deployment-scenarios.ts';
import { DRIFT_DEEP, DRIFT_QUICK } from './drift-scenarios.ts';
import { OPERATION_DEEP, OPERATION_QUICK } from './operation-scenarios.ts';
import { UNREADABLE_DEEP, UNREADABLE_QUICK } from './unreadable-scenarios.ts';
import { UPDATE_DEEP, UPDATE_QUICK } from './update-scenarios.ts';
import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const withToken: Request = { ask: 'tracker', withToken: true };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };
/** Requested once the second request is accepted. */
const trackerAgain: Request = { ask: 'tracker', after: 1 };

/** Small scenarios, one kind of fault each. quick.test.ts selects those that `npm test` explores; `npm run test:ci` explores all. */
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
  { name: 'writes whose response is lost', requests: [tracker, deletion], faults: { saveLost: 1, lag: 1 } },
  { name: 'repeated requests', requests: [tracker, deletion, trackerAgain], faults: { repeat: 1 } },
  {
    name: 'refused, failed and retried',
    requests: [tracker, retry],
    faults: { refused: 1, createFailed: 1, createLate: 1 },
  },
  { name: 'the preflight fails', requests: [tracker, retry, deletion], faults: { checkFails: 2, crash: 1 } },
  {
    name: 'deleted out of band',
    requests: [tracker, deletion],
    faults: { deletedOutOfBand: 1, createLate: 1 },
    drift: true,
  },
  { name: 'created out of band', requests: [tracker, adopt], faults: { createdOutOfBand: 1, lag: 1 }, drift: true },
  {
    name: 'adopted, and destroyed',
    requests: [adopt, destruction, tracker],
    faults: { deletedOutOfBand: 1 },
    foreign: true,
    drift: true,
  },
  { name: 'adopted, and released', requests: [adopt, deletion, tracker], faults: { createLate: 1 }, foreign: true },
  {
    name: 'contexts replaced, and old requests are sent again',
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
  { name: 'the sweeper takes over from a live owner', requests: [tracker, deletion], faults: { blind: 1 } },
  { name: 'stopped by an operator', requests: [tracker, deletion], faults: { abort: 1 } },
  { name: 'tasks invoked twice', requests: [tracker], faults: { duplicate: 1, createFailed: 1, createLost: 1 } },
  {
    name: 'throttles, and late or lost deletes',
    requests: [tracker, deletion],
    faults: { throttled: 1, createLate: 1, deleteLate: 1, deleteLost: 1 },
  },
  {
    name: 'unreadable tags',
    requests: [tracker, deletion],
    faults: { tagsUnreadable: 1, createLost: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'a role without read permission',
    requests: [tracker, deletion, retry],
    faults: { denied: 1, createLost: 1 },
  },
  {
    name: 'a stale list',
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
  ...OPERATION_QUICK,
  ...UPDATE_QUICK,
  ...ADMISSION_QUICK,
];

/** The same kinds of faults, more of each and combined. They take minutes. */
export const DEEP: readonly Scenario[] = [
  {
    name: 'executions die and are not started, two requests',
    requests: [tracker, deletion, trackerAgain],
    faults: { crash: 1, startLost: 1, createFailed: 1 },
  },
  {
    name: 'executions hand over, and live owners are taken over',
    requests: [tracker, deletion],
    faults: { handOver: 1, blind: 1 },
  },
  {
    name: 'executions hand over, a task is invoked twice',
    requests: [tracker, deletion],
    faults: { handOver: 1, duplicate: 1 },
  },
  {
    name: 'executions hand over twice, and the next one does not start',
    requests: [tracker, deletion],
    faults: { handOver: 2, startLost: 1 },
  },
  {
    name: 'executions hand over, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { handOver: 1, startLost: 1 },
  },
  {
    name: 'executions hand over, live owners are taken over, a task is invoked twice',
    requests: [tracker],
    faults: { handOver: 2, blind: 1, duplicate: 1, startLost: 1 },
  },
  {
    name: 'two late creates, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { createLate: 2, createVanished: 1 },
  },
  {
    name: 'creates are lost, late and not visible yet, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { createLost: 1, createLate: 1, lag: 1 },
  },
  {
    name: 'writes whose response is lost, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { saveLost: 1, lag: 1 },
  },
  { name: 'two writes whose response is lost', requests: [tracker, deletion], faults: { saveLost: 2, createLate: 1 } },
  {
    name: 'repeated requests, an execution dies',
    requests: [tracker, deletion, trackerAgain],
    faults: { repeat: 2, crash: 1 },
  },
  {
    name: 'refused, failed and retried twice',
    requests: [tracker, retry, retry],
    faults: { refused: 1, createFailed: 1, createLate: 1, crash: 1 },
  },
  {
    name: 'deleted out of band, two late creates',
    requests: [tracker, deletion, tracker],
    faults: { deletedOutOfBand: 1, createLate: 2 },
    drift: true,
  },
  {
    name: 'deleted and created out of band',
    requests: [tracker, deletion, destruction],
    faults: { deletedOutOfBand: 2, createLost: 1, createdOutOfBand: 1 },
    drift: true,
  },
  {
    name: 'deleted out of band, and created again',
    requests: [tracker, deletion, destruction],
    faults: { deletedOutOfBand: 2, createLate: 1, createLost: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'created out of band, then adopted',
    requests: [tracker, adopt, deletion],
    faults: { createdOutOfBand: 1, lag: 1, createLate: 1 },
    drift: true,
  },
  {
    name: 'adopted and destroyed, then our own created',
    requests: [adopt, destruction, trackerAgain],
    faults: { deletedOutOfBand: 1, createLate: 1, crash: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted twice, with a stale list',
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
    name: 'a foreign tracker in the way that is not visible yet',
    requests: [tracker, retry, deletion],
    faults: { deadline: 1, createdOutOfBand: 1, lag: 1, deletedOutOfBand: 1 },
    drift: true,
  },
  {
    name: 'the sweeper takes over from a live owner twice',
    requests: [tracker, deletion, trackerAgain],
    faults: { blind: 2 },
  },
  {
    name: 'an execution is stopped, a task is invoked twice, an execution dies',
    requests: [tracker, deletion],
    faults: { abort: 1, duplicate: 1, crash: 1 },
  },
  { name: 'a refused create is invoked three times', requests: [tracker, retry], faults: { duplicate: 2, refused: 1 } },
  {
    name: 'throttles, and deletes that are late and sent twice',
    requests: [tracker, deletion],
    faults: { throttled: 1, createLate: 1, deleteLate: 1, duplicate: 1 },
  },
  {
    name: 'unreadable tags, deleted and requested again',
    requests: [tracker, deletion, trackerAgain],
    faults: { tagsUnreadable: 1, createLost: 1, createLate: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'our own adopted while its tags are unreadable, then released',
    requests: [tracker, adopt, deletion],
    faults: { tagsUnreadable: 1, createLost: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'contexts replaced, old requests are sent again, deleted and requested again',
    requests: [
      { ...tracker, context: 'A' },
      { ...tracker, context: 'B' },
      deletion,
      { ...tracker, context: 'A', after: 2 },
    ],
    faults: { repeat: 2, saveLost: 1 },
  },
  {
    name: 'a role without read permission, late creates',
    requests: [tracker, deletion, retry],
    faults: { denied: 1, createLost: 1, createLate: 1, deadline: 1 },
  },
  {
    name: 'a stale list, and deleted out of band',
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
    name: 'task tokens, retried, a write whose response is lost',
    requests: [tracker, withToken, retry, deletion],
    faults: { refused: 1, saveLost: 1, createLate: 1 },
  },
  {
    name: 'deleted twice, requested in between',
    requests: [tracker, deletion, trackerAgain, { ...deletion, after: 2 }],
    faults: { createLate: 1, createFailed: 1 },
  },
  {
    name: 'adopted while tags are unreadable, then our own created',
    requests: [adopt, deletion, trackerAgain],
    faults: { tagsUnreadable: 1, createLate: 1, createdOutOfBand: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'created out of band after a deletion, with a stale list',
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
  ...OPERATION_DEEP,
  ...UPDATE_DEEP,
  ...ADMISSION_DEEP,
];
