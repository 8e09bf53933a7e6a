import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PersonalizeSimulator } from '../../../infra/local/personalize/simulator.ts';

const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
const GROUPS = [`${ARN}dataset-group/acme-shop`, `${ARN}dataset-group/second`] as const;

const group = fc.constantFrom(...GROUPS);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), group }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: -2000, max: 9000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('actions-dataset' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('timing' as const), ms: fc.nat(3000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      operation: fc.constantFrom('CreateEventTracker' as const, 'DeleteEventTracker' as const),
      fault: fc.constantFrom('lost-answer' as const, 'late-act' as const, 'server-error' as const, 'stuck' as const),
      delayMs: fc.nat(12_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'fail-next' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'restart' as const }) },
);

/** A simulator on disk with two dataset groups, a settable clock, and the last status of every tracker seen so far. */
class Play {
  readonly directory = mkdtempSync(join(tmpdir(), 'personalize-properties-'));
  now = Date.UTC(2025, 0, 1);
  simulator = this.open();
  readonly statuses = new Map<string, string>();

  constructor() {
    this.simulator.seedDemoGroup();
    this.simulator.setTiming({ datasetGroupMs: 0 });
    this.simulator.call('CreateDatasetGroup', { name: 'second' });
    this.addDataset(GROUPS[1], 'Interactions');
  }
  open(): PersonalizeSimulator {
    return new PersonalizeSimulator({ clock: () => this.now, directory: this.directory });
  }
  addDataset(datasetGroupArn: string, datasetType: string): void {
    const schemaArn = `${ARN}schema/acme-shop-interactions`;
    this.simulator.call('CreateDataset', { name: 'd', schemaArn, datasetGroupArn, datasetType });
  }
  trackers(datasetGroupArn?: string) {
    const reply = this.simulator.call('ListEventTrackers', { ...(datasetGroupArn && { datasetGroupArn }) });
    if (reply.kind !== 'output') throw new Error('ListEventTrackers failed');
    return reply.output.eventTrackers;
  }
  describe(eventTrackerArn: string) {
    const reply = this.simulator.call('DescribeEventTracker', { eventTrackerArn });
    return reply.kind === 'output' ? reply.output.eventTracker : undefined;
  }
  /** Everything that a caller can read now. */
  everything() {
    const described = [...this.statuses.keys()].map((arn) => this.describe(arn));
    const groups = this.simulator.call('ListDatasetGroups', {});
    return { all: this.trackers(), lists: GROUPS.map((arn) => this.trackers(arn)), described, groups };
  }
  apply(next: typeof step extends fc.Arbitrary<infer S> ? S : never): void {
    switch (next.do) {
      case 'create':
        this.simulator.call('CreateEventTracker', { name: 't', datasetGroupArn: next.group });
        break;
      case 'delete': {
        const arn = [...this.statuses.keys()].at(-1 - next.which);
        if (arn !== undefined) this.simulator.call('DeleteEventTracker', { eventTrackerArn: arn });
        break;
      }
      case 'wait':
        this.now += next.ms;
        break;
      case 'actions-dataset':
        this.addDataset(next.group, 'Action_Interactions');
        break;
      case 'timing':
        this.simulator.setTiming({ createPendingMs: next.ms, deleteInProgressMs: next.ms });
        break;
      case 'fault': {
        const { operation, fault, delayMs } = next;
        this.simulator.addFault({ operation, fault, times: 1, ...(fault === 'late-act' && { delayMs }) });
        break;
      }
      case 'fail-next':
        this.simulator.addFault({ operation: 'CreateEventTracker', fault: 'create-failed', times: 1 });
        break;
      case 'restart': {
        const before = this.everything();
        this.simulator.close();
        this.simulator = this.open();
        expect(this.everything()).toEqual(before);
      }
    }
  }
  end(): void {
    this.simulator.close();
    rmSync(this.directory, { recursive: true });
  }
}

const ORDER = [['CREATE PENDING'], ['CREATE IN_PROGRESS'], ['ACTIVE', 'CREATE FAILED'], ['DELETE PENDING']];
ORDER.push(['DELETE IN_PROGRESS'], ['gone']);
const rank = (status: string) => ORDER.findIndex((names) => names.includes(status));

function inspect(play: Play): void {
  for (const { eventTrackerArn } of play.trackers()) {
    if (!play.statuses.has(eventTrackerArn)) play.statuses.set(eventTrackerArn, 'CREATE PENDING');
  }
  for (const [arn, earlier] of play.statuses) {
    const status = play.describe(arn)?.status ?? 'gone';
    // Statuses only move forward, and never between ACTIVE and CREATE FAILED.
    if (status !== earlier) expect(rank(status), `${earlier} → ${status}`).toBeGreaterThan(rank(earlier));
    play.statuses.set(arn, status);
  }
  for (const datasetGroupArn of GROUPS) {
    const listed = play.trackers(datasetGroupArn);
    for (const { eventTrackerArn, status } of listed) {
      expect(play.describe(eventTrackerArn)).toMatchObject({ datasetGroupArn, status });
    }
    const actions = play.simulator.call('DescribeDataset', {
      datasetArn: `${datasetGroupArn.replace('dataset-group', 'dataset')}/ACTION_INTERACTIONS`,
    });
    const ofDataset = actions.kind === 'output' ? actions.output.dataset.trackingId : undefined;
    const counted = listed.filter(({ eventTrackerArn }) => play.describe(eventTrackerArn)?.trackingId !== ofDataset);
    expect(counted.length).toBeLessThanOrEqual(1);
  }
}

test('whatever the calls, faults and restarts: at most one tracker per dataset group counts, statuses move forward, restarts change nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const play = new Play();
      try {
        for (const next of steps) {
          play.apply(next);
          inspect(play);
        }
      } finally {
        play.end();
      }
    }),
    { numRuns: 150 },
  );
});

test('pages of any size list each tracker exactly once, even if others are deleted in between', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.array(fc.nat(11), { maxLength: 6 }), (maxResults, deletions) => {
      let now = 0;
      const simulator = new PersonalizeSimulator({ clock: () => now });
      simulator.seedDemoGroup();
      const none = { createPendingMs: 0, createInProgressMs: 0, deletePendingMs: 0, deleteInProgressMs: 0 };
      simulator.setTiming({ ...none, datasetGroupMs: 0 });
      const arns = Array.from({ length: 12 }, (_, i) => {
        const datasetGroupArn = `${ARN}dataset-group/g${i}`;
        simulator.call('CreateDatasetGroup', { name: `g${i}` });
        const schemaArn = `${ARN}schema/acme-shop-interactions`;
        simulator.call('CreateDataset', { name: 'd', schemaArn, datasetGroupArn, datasetType: 'interactions' });
        const reply = simulator.call('CreateEventTracker', { name: 't', datasetGroupArn });
        return reply.kind === 'output' ? reply.output.eventTrackerArn : '';
      });
      const listed: string[] = [];
      const doomed = new Set(deletions.map((i) => arns[i] ?? ''));
      let nextToken: string | undefined;
      do {
        const reply = simulator.call('ListEventTrackers', { maxResults, nextToken });
        if (reply.kind !== 'output') throw new Error('ListEventTrackers failed for the next page');
        expect(reply.output.eventTrackers.length).toBeLessThanOrEqual(maxResults);
        listed.push(...reply.output.eventTrackers.map(({ eventTrackerArn }) => eventTrackerArn));
        nextToken = reply.output.nextToken;
        // A token that makes no progress would page forever.
        expect(listed.length).toBeLessThanOrEqual(arns.length);
        now += 1;
        for (const eventTrackerArn of doomed) simulator.call('DeleteEventTracker', { eventTrackerArn });
      } while (nextToken !== undefined);
      expect(listed.filter((arn) => !doomed.has(arn))).toEqual(arns.filter((arn) => !doomed.has(arn)));
      expect(new Set(listed).size).toBe(listed.length);
    }),
  );
});
