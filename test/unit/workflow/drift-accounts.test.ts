import { beforeEach, describe, expect, test } from 'vitest';
import {
  AccessDeniedError,
  ThrottledError,
  UnexpectedResponseError,
  UnknownOutcomeError,
} from '../../../functions/gateways/aws-errors.ts';
import type { DriftGateway } from '../../../functions/gateways/personalize-drift.ts';
import type { DriftCursorPosition } from '../../../functions/store/drift-cursor.ts';
import { detectDrift } from '../../../functions/sweep/drift.ts';
import type { DriftPlace } from '../../../functions/sweep/drift-run.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { MemoryStore } from '../../world/memory-store.ts';

const NOW = 1_800_000_000_000;
const HOME = ['123456789012', 'us-east-1'] as const;
const ACME = ['210987654321', 'us-east-1'] as const;
const ACME_EU = ['210987654321', 'eu-west-1'] as const;
type In = readonly [accountId: string, region: string];

/** One account and Region: its trackers, and what a call throws. */
class Account implements DriftPlace {
  readonly accountId: string;
  readonly region: string;
  position: DriftCursorPosition = {};
  trackers: string[] = [];
  failing: Partial<Record<keyof DriftGateway, Error>> = {};
  calls = 0;
  constructor([accountId, region]: In) {
    this.accountId = accountId;
    this.region = region;
  }
  readonly cursor = {
    read: async () => this.position,
    save: async (position: DriftCursorPosition) => {
      this.position = position;
    },
  };
  #called(operation: keyof DriftGateway): void {
    this.calls++;
    const error = this.failing[operation];
    if (error) throw error;
  }
  readonly personalize: DriftGateway = {
    listAll: async () => {
      this.#called('listAll');
      return this.trackers.map((eventTrackerArn) => ({ eventTrackerArn, status: 'ACTIVE' as const }));
    },
    listOfGroup: async () => {
      this.#called('listOfGroup');
      return this.trackers;
    },
    describe: async (arn) => {
      this.#called('describe');
      return this.trackers.includes(arn) ? { status: 'ACTIVE', datasetGroupArn: '' } : 'NOT_FOUND';
    },
    readTags: async () => {
      this.#called('readTags');
      return { ours: true, tags: [] };
    },
  };
}

let store: MemoryStore;
let home: Account;
let acme: Account;
let acmeEu: Account;
let lines: { message: string; facts: object }[];
beforeEach(() => {
  store = new MemoryStore();
  [home, acme, acmeEu] = [new Account(HOME), new Account(ACME), new Account(ACME_EU)];
  lines = [];
});

/** An ACTIVE record, and its tracker unless somebody has deleted it. */
function active([accountId, region]: In, name: string, account?: Account): EventTrackerRecord {
  const arn = `arn:aws:personalize:${region}:${accountId}`;
  const datasetGroupArn = `${arn}:dataset-group/${name}`;
  const eventTrackerArn = `${arn}:event-tracker/${name}`;
  const trackerId = trackerIdOf(datasetGroupArn);
  const request = { trackerId, datasetGroupArn, name, tags: [], tenantId: 'acme', adoptExisting: false };
  const record: EventTrackerRecord = {
    ...createRecord({ ...request, correlationId: 'c', key: { key: 'k', body: 'b' } }, NOW - 10_000_000, AWS_SETTINGS),
    status: 'ACTIVE',
    observedGeneration: 1,
    eventTrackerArn,
    trackingId: 't',
    lastUpdatedDateTime: NOW - 10_000_000,
    due: { lane: 'routine', at: NOW },
  };
  store.records.set(trackerId, record);
  account?.trackers.push(eventTrackerArn);
  return record;
}
const statusOf = ({ trackerId }: EventTrackerRecord) => store.records.get(trackerId)?.status;
const dueAt = ({ trackerId }: EventTrackerRecord) => store.records.get(trackerId)?.due.at;

const line = (message: string, facts: object = {}) => void lines.push({ message, facts });
const drift = () =>
  detectDrift(
    {
      store,
      places: [home, acme, acmeEu],
      workflow: { start: async () => {} },
      settings: AWS_SETTINGS,
      now: () => NOW,
      log: { info: line, warn: line, error: (message, _, facts) => line(message, facts) },
      recreateMissing: false,
      repairTags: false,
    },
    {},
  );
const denied = new AccessDeniedError('AssumeRole', undefined, {
  ...{ why: 'ROLE_REFUSED', accountId: '210987654321', region: 'us-east-1' },
  ...{ roleArn: 'arn:aws:iam::210987654321:role/et', awsError: 'AccessDenied' },
} as const);

describe('the drift check with other accounts', () => {
  test('compares each record with the list of its account and Region, and each list has its own call budget and cursor', async () => {
    const records = [active(HOME, 'a', home), active(ACME, 'b', acme), active(ACME_EU, 'c', acmeEu)];
    const missing = active(ACME_EU, 'd');
    // The tracker of another account does not count.
    home.trackers.push(String(missing.eventTrackerArn));
    expect(await drift()).toEqual({ checked: 3, drifted: 1, purged: 0, failed: 0, aborted: false });
    expect(records.map(statusOf)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
    expect(statusOf(missing)).toBe('DELETED');
    expect(acme.position).toEqual({ tags: trackerIdOf('arn:aws:personalize:us-east-1:210987654321:dataset-group/b') });
    expect(acmeEu.position).toMatchObject({ differing: missing.trackerId });
  });

  test.each([
    ['refuses the role', denied, 1],
    ['throttles', new ThrottledError('ListEventTrackers'), 0],
    ['does not answer', new UnknownOutcomeError('ListEventTrackers', 'TimeoutError'), 0],
    ['answers with an unexpected error', new UnexpectedResponseError('ListEventTrackers', { answer: 'x' }), 1],
  ])(
    'an account that %s does not stop the others, and its own records stay as they are and due',
    async (_, error, failed) => {
      const lost = active(ACME, 'b');
      const others = [active(HOME, 'a', home), active(ACME_EU, 'c', acmeEu)];
      const gone = active(ACME_EU, 'd');
      acme.failing = { listAll: error };
      expect(await drift()).toEqual({ checked: 2, drifted: 1, purged: 0, failed, aborted: true });
      expect([statusOf(lost), dueAt(lost)]).toEqual(['ACTIVE', NOW]);
      expect(others.map(dueAt).every((at) => Number(at) > NOW)).toBe(true);
      expect(statusOf(gone)).toBe('DELETED');
      expect(lines).toContainEqual({
        message: expect.any(String),
        facts: { place: '210987654321/us-east-1', records: 1 },
      });
    },
  );

  test('a throttle in the middle ends the run of that account only', async () => {
    active(ACME, 'b');
    const gone = active(ACME_EU, 'd');
    acme.failing = { describe: new ThrottledError('DescribeEventTracker') };
    expect(await drift()).toMatchObject({ drifted: 1, failed: 0, aborted: true });
    expect(statusOf(gone)).toBe('DELETED');
  });

  test("if the deployment's own list is denied, the others are checked, and then the run fails", async () => {
    const gone = active(ACME, 'b');
    home.failing = { listAll: new AccessDeniedError('ListEventTrackers') };
    await expect(drift()).rejects.toBeInstanceOf(AccessDeniedError);
    expect(statusOf(gone)).toBe('DELETED');
  });

  test('records of an account that was removed from the settings are left as they are; those without a tracker end as always', async () => {
    const removed = ['345678901234', 'us-east-1'] as const;
    const kept = active(removed, 'x');
    const ended: EventTrackerRecord = {
      ...active(removed, 'y'),
      ...{ status: 'DELETED', desired: 'ABSENT', deletedAt: NOW - 100 * 86_400_000 },
      ...{ eventTrackerArn: undefined, trackingId: undefined },
    };
    store.records.set(ended.trackerId, ended);
    expect(await drift()).toEqual({ checked: 0, drifted: 0, purged: 1, failed: 0, aborted: false });
    expect([statusOf(kept), dueAt(kept)]).toEqual(['ACTIVE', NOW]);
    expect(home.calls + acme.calls + acmeEu.calls).toBe(3);
  });
});
