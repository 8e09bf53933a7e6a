import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const retry: Request = { ask: 'retry' };
const patch = (tags: NonNullable<Request['tags']>, after = 0): Request => ({ ask: 'patch', tags, after });

/** A change of tags: alone, and racing with deletions, the drift check, adoption and another change. */
export const UPDATE_QUICK: readonly Scenario[] = [
  { name: 'tags changed, calls lost and late', requests: [tracker, patch('A')], faults: { tagLost: 1, tagLate: 1 } },
  { name: 'tags changed twice', requests: [tracker, patch('A'), patch('C')], faults: { tagLate: 1 } },
  {
    name: 'tags changed there and back, stale reads',
    requests: [tracker, patch('A'), patch('', 1)],
    faults: { staleTags: 2 },
  },
  { name: 'tags changed and deleted', requests: [tracker, patch('A'), deletion], faults: { tagLate: 1, crash: 1 } },
  {
    name: 'tags changed, denied and retried',
    requests: [tracker, patch('A'), { ...retry, after: 1 }],
    faults: { tagRefused: 1, tagLate: 1 },
  },
  {
    name: 'an adopted tracker, changed and released',
    requests: [adopt, patch('A'), deletion],
    faults: { tagLate: 1 },
    foreign: true,
  },
  {
    name: 'tags changed, and by others too',
    requests: [tracker, patch('A')],
    faults: { retagged: 1, staleRead: 1 },
    drift: true,
  },
  {
    name: 'tags changed by others, and repaired',
    requests: [tracker, patch('A')],
    faults: { retagged: 1, tagLate: 1 },
    drift: true,
    repairTags: true,
  },
  {
    name: 'tags changed, deleted out of band',
    requests: [tracker, patch('A')],
    faults: { deletedOutOfBand: 1, createLate: 1 },
    drift: true,
  },
];

/** The same with more faults together. */
export const UPDATE_DEEP: readonly Scenario[] = [
  {
    name: 'tags changed three times, calls lost and late',
    requests: [tracker, patch('A'), patch('C', 1), patch('B', 2)],
    faults: { tagLate: 2, tagLost: 1 },
  },
  {
    name: 'tags changed there and back, stale reads, an execution dies',
    requests: [tracker, patch('C'), patch('', 1)],
    faults: { staleTags: 2, crash: 1, tagLate: 1 },
  },
  {
    name: 'tags changed twice, tasks invoked twice, a live owner taken over',
    requests: [tracker, patch('A'), patch('B')],
    faults: { duplicate: 1, blind: 1 },
  },
  {
    name: 'tags changed, deleted and requested again',
    requests: [tracker, patch('A'), deletion, { ...tracker, after: 2 }, patch('B', 3)],
    faults: { tagLate: 1, repeat: 1 },
  },
  {
    name: 'tags changed, writes whose response is lost, a deadline',
    requests: [tracker, patch('A'), retry],
    faults: { saveLost: 1, deadline: 1, tagRefused: 1, repeat: 1 },
  },
  {
    name: 'tags changed by others, repaired, denied, deleted',
    requests: [tracker, patch('A'), deletion],
    faults: { retagged: 1, tagRefused: 1, tagLate: 1 },
    drift: true,
    repairTags: true,
  },
  {
    name: 'tags changed, missing by mistake',
    requests: [tracker, patch('A'), patch('B')],
    faults: { staleRead: 4, tagLate: 1 },
    drift: true,
  },
  {
    name: 'an adopted tracker, changed twice, deleted out of band',
    requests: [adopt, patch('A'), patch('B'), deletion],
    faults: { tagLate: 1, deletedOutOfBand: 1, retagged: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'tags changed while they cannot be read',
    requests: [tracker, patch('A'), patch('A')],
    faults: { tagsUnreadable: 1, unreadable: 1, denied: 1, tagLate: 1 },
  },
  {
    name: 'tags changed, deleted out of band and created again',
    requests: [tracker, patch('A'), patch('B')],
    faults: { deletedOutOfBand: 1, tagLate: 1, staleDescribe: 1 },
    drift: true,
    recreateMissing: true,
  },
];
