import { apply } from '../../functions/tracker/apply.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { decideTags } from '../../functions/tracker/drift.ts';
import { type EventTrackerRecord, isUpdating } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import { changing, changingAccepted, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
const patch = (tags: 'A' | 'B' | 'C' | '', after = 0) => ({ ask: 'patch', tags, after }) as const;

/** As the record of a creation whose tracker was just found. */
const asCreation = (record: EventTrackerRecord): EventTrackerRecord =>
  isUpdating(record) ? { ...record, status: 'CREATE PENDING' } : record;

/** The rules of changes of tags, each left out. */
export const UPDATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a change of tags ends like a creation',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        isUpdating(record) && record.eventTrackerArn !== undefined
          ? { do: 'recordActive', eventTrackerArn: record.eventTrackerArn, trackingId: record.trackingId ?? '' }
          : decide(record, observation, now, settings),
      apply: (verb, record, args, settings) =>
        apply(verb, verb === 'recordActive' ? asCreation(record) : record, args, settings),
    },
    scenario: { name: 'tags changed', requests: [TRACKER, patch('A')], faults: {} },
    breaks: /ACTIVE is reported while generation 1 was not reported DELETED/,
  },
  {
    name: 'calls that change tags are not recorded before they are sent',
    model: changingAccepted('reserveTagCall', (after) => ({ ...after, tagCall: undefined })),
    scenario: {
      name: 'a late call, and a second change',
      requests: [TRACKER, patch('A'), patch('B')],
      faults: { tagLate: 1 },
    },
    breaks: /that an earlier call can still replace/,
  },
  {
    name: 'a definite answer ends an earlier call for tags too',
    model: changing('recordTagCallResult', (applied, record) =>
      isRejected(applied)
        ? record.tagCall
          ? { ...record, tagCall: undefined }
          : applied
        : { ...applied, tagCall: undefined },
    ),
    scenario: {
      name: 'a late call, repeated, and a second change',
      requests: [TRACKER, patch('A'), patch('B')],
      faults: { tagLate: 1 },
    },
    breaks: /that an earlier call can still replace/,
  },
  {
    name: 'a second change is called for while an earlier call may take effect',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(isUpdating(record) ? { ...record, tagCall: undefined } : record, observation, now, settings),
      apply: (verb, record, args, settings) =>
        apply(verb, verb === 'reserveTagCall' ? { ...record, tagCall: undefined } : record, args, settings),
    },
    scenario: {
      name: 'a late call, and a second change',
      requests: [TRACKER, patch('A'), patch('B')],
      faults: { tagLate: 1 },
    },
    breaks: /that an earlier call can still replace/,
  },
  {
    name: 'one read of the tags is enough',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) => {
        const [read] = 'callerTags' in observation ? (observation.callerTags ?? []) : [];
        return decide(record, read ? { callerTags: [read, read] } : observation, now, settings);
      },
    },
    scenario: {
      name: 'there and back, two stale reads',
      requests: [TRACKER, patch('A'), patch('', 1)],
      faults: { staleTags: 2 },
    },
    breaks: /a change of tags is reported that was not made/,
  },
  {
    name: 'an accepted call counts for a later change',
    model: changing('recordTagCallResult', (applied, record, { result, now }) =>
      result.kind === 'accepted' && isUpdating(record)
        ? { ...(isRejected(applied) ? record : applied), tagUpdate: { since: now, accepted: true as const } }
        : applied,
    ),
    scenario: {
      name: 'there and back, two stale reads',
      requests: [TRACKER, patch('A'), patch('', 1)],
      faults: { staleTags: 2 },
    },
    breaks: /a change of tags is reported that was not made/,
  },
  {
    name: 'a change that fails fails the tracker',
    model: changingAccepted('recordUpdateFailed', (after) => ({
      ...after,
      status: 'CREATE FAILED',
      trackingId: undefined,
    })),
    scenario: { name: 'a denied change', requests: [TRACKER, patch('A')], faults: { tagRefused: 1 } },
    breaks: /ends while the record is not ACTIVE/,
  },
  {
    name: 'changed tags are reported after one read',
    model: {
      ...DEPLOYED,
      decideTags: (record, reads, now, settings, repair) =>
        decideTags(record, reads[0]?.ours ? [...reads, ...reads] : reads, now, settings, repair),
    },
    scenario: { name: 'a stale read', requests: [TRACKER, patch('A')], faults: { staleRead: 1 }, drift: true },
    breaks: /tags as changed that nobody else changed/,
  },
];
