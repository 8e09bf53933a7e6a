import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { apply, type TransitionArguments, type TransitionName } from '../../functions/tracker/apply.ts';
import { createRecord, type TrackerRequest } from '../../functions/tracker/desired-state.ts';
import {
  datasetGroupNotActive,
  preflightRefused,
  refusedByPersonalize,
  responsesUnreadable,
} from '../../functions/tracker/failures.ts';
import { MAX_CALLER_TAGS } from '../../functions/tracker/ownership.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { type Engine, startDynalite } from './engines.ts';

// DynamoDB refuses an item above 400 KB, and so does this engine. Accepting a request must leave room for every outcome.

const TableName = 'event-trackers';
let engine: Engine;
let store: TrackerStore;

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  const documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  store = createTrackerStore(documents, TableName);
});
afterAll(() => engine.close());

/** Text of three bytes per character, the most that UTF-8 needs for one UTF-16 unit. */
const text = (length: number) => '語'.repeat(length);
/** An error message of AWS that repeats all tags of a request. */
const ECHO = `Value at 'tags' failed to satisfy constraint: ${text(60_000)}`;
const fault = { awsError: 'InvalidInputException', awsRequestId: '00000000-0000-4000-8000-000000000000' };
const GROUP = `arn:aws:personalize:us-east-1:123456789012:dataset-group/${'g'.repeat(63)}`;
const ARN = `arn:aws:personalize:us-east-1:123456789012:event-tracker/${'e'.repeat(190)}`;
const NOW = Date.parse('2026-11-24T12:00:00Z');

const requestOf = (key: string, tokens: boolean): TrackerRequest => ({
  trackerId: `et-${'x'.repeat(26)}`,
  datasetGroupArn: GROUP,
  name: 'n'.repeat(63),
  tags: Array.from({ length: MAX_CALLER_TAGS }, (_, n) => ({ tagKey: `${n}${text(126)}`, tagValue: text(256) })),
  tenantId: 'acme',
  clientContext: text(1024),
  adoptExisting: false,
  correlationId: '00000000-0000-4000-8000-000000000000',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  key: { key: key.padEnd(43, 'k'), body: 'b'.repeat(43) },
  ...(tokens && { callback: { taskToken: key + text(2048 - key.length), heartbeatSeconds: 99_999_999 } }),
});

test.each(['deleted and requested again', 'retried'])(
  'while the bus is down, a tracker that is %s accepts requests until the outbox is full and saves every outcome',
  async (way) => {
    const trackerId = `et-${way.slice(0, 1).repeat(26)}`;
    let record: EventTrackerRecord = createRecord({ ...requestOf('first', true), trackerId }, NOW, AWS_SETTINGS);
    expect(await store.create(record)).toBe(true);
    /** Whether the transition applied. One that applies must also fit into the item. */
    const change = async <Name extends TransitionName>(
      verb: Name,
      args: TransitionArguments<Name>,
    ): Promise<boolean> => {
      const after = apply(verb, record, args, AWS_SETTINGS);
      if (isRejected(after)) {
        expect(after.rejected).toBe('NO_ROOM');
        return false;
      }
      const saved = await store.save(record, after);
      if (saved === undefined) throw new Error('the record was not saved');
      record = saved;
      return true;
    };
    const owner = () => ({ now: NOW, epoch: record.epoch, generation: record.generation });
    const failures = [
      refusedByPersonalize(ECHO, fault),
      preflightRefused('DescribeDatasetGroup', ECHO, fault),
      datasetGroupNotActive(GROUP, 'CREATE FAILED', ECHO),
      responsesUnreadable({ operation: 'ListEventTrackers', answer: JSON.stringify(text(100)), ...fault }, 1_800_000),
    ];
    /** Makes one more request for the tracker, with a task token if the outbox may hold another callback. */
    const again = async (round: number): Promise<boolean> => {
      const held = record.outbox.filter(({ kind }) => kind === 'callback').length;
      const asNew = { now: NOW, request: { ...requestOf(`again-${round}`, held < 8), trackerId } };
      const { correlationId, traceparent } = record;
      // After a failure, a request starts a new generation.
      if (way === 'retried') return change('recreate', asNew);
      const asked = { now: NOW, correlationId, traceparent, key: requestOf(`deletion-${round}`, false).key };
      if (!(await change('requestDelete', { ...asked, destroy: false }))) return false;
      await change('recordGone', owner());
      return change('recreate', asNew);
    };
    let rounds = 0;
    do {
      await change('recordObserved', { ...owner(), eventTrackerArn: ARN, status: 'CREATE IN_PROGRESS' });
      const failure = failures[rounds % failures.length];
      if (failure === undefined) throw new Error('no such failure');
      await change('recordFailed', { ...owner(), failure });
      if (way === 'retried') await change('recordGone', owner());
      rounds++;
    } while (rounds < 100 && (await again(rounds)));
    expect(rounds).toBeLessThan(100);
    expect(record.outbox.length).toBeGreaterThanOrEqual(39);
    expect(record.history).toHaveLength(50);
    // The drift check and an unreadable response add data, which must fit as well.
    const missing = { eventTrackerArn: ARN, at: NOW, adopted: true } as const;
    const tags = Array.from({ length: 50 }, (_, n) => ({ tagKey: `${n}${text(126)}`, tagValue: text(256) }));
    const observed = { eventTrackerArn: ARN, name: 'n'.repeat(63), tags };
    const reportedDrift = Array.from({ length: 10 }, (_, n) => `CREATED_OUT_OF_BAND ${ARN}${n}`);
    expect(
      await store.save(record, { ...record, missing, observed, reportedDrift, unreadableSince: NOW }),
    ).toBeDefined();
  },
);
