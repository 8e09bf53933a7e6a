import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { FENCE_STEP, fenceTable } from '../../infra/restore/fence.ts';
import { type Engine, startDynalite } from '../contract/engines.ts';
import { GROUP, TRACKER, World } from '../world/world.ts';

const TableName = 'restored';
let engine: Engine;
beforeEach(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
});
afterEach(() => engine.close());

// docs/operations.md lists these consequences of a restore.
describe('requests accepted after the restored point in time are lost:', () => {
  /** Replaces the record by its restored and fenced state. Personalize keeps its present state. */
  async function restore(world: World, record: EventTrackerRecord | undefined): Promise<void> {
    world.store.records.delete(TRACKER);
    if (record === undefined) return;
    const documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
    const store = createTrackerStore(documents, TableName);
    await store.create(record);
    await fenceTable({ documents, tableName: TableName, fenceId: 'restore-1', now: world.time, dryRun: false });
    const fenced = await store.read(TRACKER);
    if (fenced) world.store.records.set(TRACKER, fenced);
  }
  const trackerArn = async (world: World) => {
    const [tracker] = await world.trackers(GROUP);
    return tracker?.eventTrackerArn;
  };
  const made = async (world: World) => {
    await world.ask();
    await world.run();
    expect(world.record.status).toBe('ACTIVE');
  };
  const deleted = async (world: World) => {
    await made(world);
    await world.delete();
    await world.run();
    expect(world.record.status).toBe('DELETED');
  };

  test('a tracker without a record stays, and repeating the request finds it', async () => {
    const world = new World();
    await made(world);
    const oldArn = await trackerArn(world);
    await restore(world, undefined);
    await world.drift();
    await world.run();
    expect(await trackerArn(world)).toBe(oldArn);
    await made(world);
    expect(world.record.eventTrackerArn).toBe(oldArn);
    const trackingIds = world.published.map(({ data }) => data.trackingId);
    expect(trackingIds).toEqual([trackingIds[0], trackingIds[0]]);
    expect(world.calls('CreateEventTracker')).toHaveLength(1);
  });

  test('the drift check deletes a tracker whose record is DELETED', async () => {
    const world = new World();
    await deleted(world);
    const point = world.record;
    await made(world);
    await restore(world, point);
    world.time += 600_000;
    await world.drift();
    await world.run();
    expect(await world.trackers(GROUP)).toEqual([]);
  });

  test('a restored record that is DELETE PENDING deletes the tracker that was created later', async () => {
    const world = new World();
    await made(world);
    await world.delete();
    const point = world.record;
    expect(point.status).toBe('DELETE PENDING');
    await world.run();
    await made(world);
    await restore(world, point);
    await world.sweepUntilIdle();
    expect(await world.trackers(GROUP)).toEqual([]);
    expect(world.record.status).toBe('DELETED');
  });

  test('repeating the request before the drift check keeps the tracker', async () => {
    const world = new World();
    await deleted(world);
    const point = world.record;
    await made(world);
    const oldArn = await trackerArn(world);
    await restore(world, point);
    await made(world);
    await world.drift();
    await world.run();
    expect(await trackerArn(world)).toBe(oldArn);
    expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn: oldArn });
    expect(world.published.at(-1)?.metadata.sequence).toBeGreaterThan(FENCE_STEP);
  });

  test('the drift check finds a deletion and publishes it with a sequence that subscribers accept', async () => {
    const world = new World();
    await made(world);
    const point = world.record;
    await world.delete();
    await world.run();
    const oldSequence = world.published.at(-1)?.metadata.sequence ?? 0;
    await restore(world, point);
    world.time += 600_000;
    await world.drift();
    await world.run();
    expect(world.record).toMatchObject({ status: 'DELETED', failure: { code: 'DELETED_OUT_OF_BAND' } });
    expect(oldSequence).toBeLessThan(FENCE_STEP);
    expect(world.published.at(-1)?.metadata.sequence).toBeGreaterThan(FENCE_STEP);
  });
});
