import { describe, expect, test } from 'vitest';
import { TRACKER_ID_TAG } from '../../../functions/tracker/ownership.ts';
import { RequestRejected } from '../../../functions/tracker/request-error.ts';
import { GROUP, World } from '../../world/world.ts';

/** Two deployments in one account and Region. Both have a record of the dataset group, with the same tracker id. */
function deployments() {
  const prod = new World({ deployment: 'prod' });
  const dev = new World({ deployment: 'dev', beside: prod });
  return { prod, dev };
}

/** The trackers in the dataset group, with their tags. */
async function seen(world: World) {
  const trackers = await world.trackers(GROUP);
  return trackers.map((tracker) => {
    const { eventTrackerArn } = tracker as { eventTrackerArn: string };
    return [tracker, world.personalize.core.call('ListTagsForResource', { resourceArn: eventTrackerArn })];
  });
}

const statuses = (world: World) =>
  world.received.map(({ data }) => ('drift' in data ? data.drift : data.status) as string);

async function activate(world: World) {
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
  world.time += 3_600_000;
}

/** The tracker of `dev` is gone, `prod` has one in the dataset group, and `dev` requests nothing. */
const BEFORE: Readonly<Record<string, (dev: World) => Promise<void>>> = {
  'DELETED less than a day ago': async (dev) => {
    await activate(dev);
    await dev.delete();
    await dev.run();
    expect(dev.record).toMatchObject({ status: 'DELETED' });
  },
  'CREATE FAILED after create calls': async (dev) => {
    dev.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
    await dev.ask();
    await dev.run();
    expect(dev.record).toMatchObject({ status: 'CREATE FAILED', attempt: 1 });
  },
  'missing, but not reported yet': async (dev) => {
    await activate(dev);
    dev.personalize.core.call('DeleteEventTracker', { eventTrackerArn: dev.record.eventTrackerArn });
    dev.time += 60_000;
  },
};

/** What `dev` does without a record, and how its record ends. */
const DOES: Readonly<Record<string, { does: (dev: World) => Promise<void>; ends: object }>> = {
  POST: {
    does: async (dev) => void (await dev.ask()),
    ends: { status: 'CREATE FAILED', failure: { code: 'CONFLICT', retryable: true } },
  },
  'POST, then DELETE': {
    does: async (dev) => {
      await dev.ask();
      await dev.run();
      await dev.delete();
    },
    ends: { status: 'DELETED' },
  },
  'POST, then DELETE before the first Observe': {
    does: async (dev) => {
      await dev.ask();
      await dev.delete();
    },
    ends: { status: 'DELETED' },
  },
  'POST, then retry': {
    does: async (dev) => {
      await dev.ask();
      await dev.run();
      await dev.retry();
    },
    ends: { status: 'CREATE FAILED', failure: { code: 'CONFLICT' } },
  },
  'POST that adopts, then DELETE': {
    does: async (dev) => {
      await dev.ask({ adoptExisting: true });
      await dev.run();
      expect(dev.record).toMatchObject({ status: 'ACTIVE', adopted: true });
      await dev.delete();
    },
    ends: { status: 'RELEASED' },
  },
  'POST whose start fails, then the sweep': {
    does: async (dev) => {
      dev.startFailures = 1;
      await dev.ask();
      await dev.sweepUntilIdle();
    },
    ends: { status: 'CREATE FAILED', failure: { code: 'CONFLICT' } },
  },
  'POST whose execution dies, then the sweep': {
    does: async (dev) => {
      await dev.ask();
      await dev.run(1);
      await dev.sweepUntilIdle();
    },
    ends: { status: 'CREATE FAILED', failure: { code: 'CONFLICT' } },
  },
};

describe("another deployment's ACTIVE tracker is left unchanged by", () => {
  test.each(Object.entries(DOES))('%s', async (_, { does, ends }) => {
    const { prod, dev } = deployments();
    await activate(prod);
    const before = await seen(prod);
    await does(dev);
    await dev.run();
    expect(dev.record).toMatchObject(ends);
    for (let run = 0; run < 3; run++) {
      dev.time += 3_600_000;
      await dev.drift();
      await dev.run();
      await dev.sweepUntilIdle();
    }
    expect(await seen(prod)).toEqual(before);
    expect(dev.calls('DeleteEventTracker')).toEqual([]);
    // Its own deployment finds it unchanged, and can delete it.
    expect(await prod.drift()).toMatchObject({ drifted: 0 });
    await prod.delete();
    await prod.run();
    expect(statuses(prod)).toEqual(['ACTIVE', 'DELETED']);
  });

  test.each(
    Object.entries(BEFORE).flatMap(([name, before]) =>
      [
        ['the drift check', async () => {}] as const,
        ['DELETE', async (dev: World) => void (await dev.delete())] as const,
        ['POST', async (dev: World) => void (await dev.ask())] as const,
      ].map(([what, does]) => [what, name, before, does] as const),
    ),
  )('%s, with its own tracker %s', async (_, __, before, does) => {
    const { prod, dev } = deployments();
    await before(dev);
    await activate(prod);
    const there = await seen(prod);
    const deletions = dev.calls('DeleteEventTracker').length;
    await does(dev);
    await dev.run();
    for (let run = 0; run < 3; run++) {
      await dev.drift();
      await dev.run();
      await dev.sweepUntilIdle();
      dev.time += 3_600_000;
    }
    expect(await seen(prod)).toEqual(there);
    expect(dev.calls('DeleteEventTracker')).toHaveLength(deletions);
    expect(dev.record.trackingId ?? 'none').not.toBe(prod.record.trackingId);
  });

  test('the drift check with RECREATE_MISSING', async () => {
    const { prod, dev } = deployments();
    await BEFORE['missing, but not reported yet']?.(dev);
    await activate(prod);
    const there = await seen(prod);
    await dev.drift({ recreateMissing: true });
    await dev.run();
    expect(dev.record).toMatchObject({ status: 'CREATE FAILED', failure: { code: 'CONFLICT' } });
    expect(await seen(prod)).toEqual(there);
  });
});

test('the conflict names the deployment and the tracker', async () => {
  const { prod, dev } = deployments();
  await activate(prod);
  await dev.ask();
  await dev.run();
  expect(dev.record.failure?.reason).toBe(
    `The dataset group already has the event tracker ${prod.record.eventTrackerArn}, which another deployment of this service, "prod", created. A dataset group can have only one event tracker.`,
  );
  expect(dev.record.failure?.remedy).toMatch(/^Delete .* through the deployment "prod", which uses it,/);
});

test('a tracker of unknown origin is not attributed to another deployment', async () => {
  const { prod, dev } = deployments();
  await activate(dev);
  const { eventTrackerArn } = dev.record;
  // As if someone removed our tracker id tag, and the table were restored to a time before the request.
  prod.personalize.core.call('UntagResource', { resourceArn: eventTrackerArn, tagKeys: [TRACKER_ID_TAG] });
  dev.store.records.clear();
  await dev.ask();
  await dev.run();
  expect(dev.record.failure?.reason).toBe(
    `The dataset group already has the event tracker ${eventTrackerArn}, which does not belong to this deployment. A dataset group can have only one event tracker.`,
  );
});

test('the drift check reports it once as foreign', async () => {
  const { prod, dev } = deployments();
  await BEFORE['DELETED less than a day ago']?.(dev);
  await activate(prod);
  for (let run = 0; run < 3; run++) {
    await dev.drift();
    await dev.run();
  }
  expect(statuses(dev)).toEqual(['ACTIVE', 'DELETED', 'CREATED_OUT_OF_BAND']);
});

describe('?destroy=true on an adopted tracker', () => {
  const adopted = async () => {
    const { prod, dev } = deployments();
    await activate(prod);
    await dev.ask({ adoptExisting: true });
    await dev.run();
    return { prod, dev };
  };

  test('is refused unless the deployment has enabled it, and changes nothing', async () => {
    const { prod, dev } = await adopted();
    dev.destroyAdopted = false;
    const before = { record: dev.record, trackers: await seen(prod) };
    const refused = dev.delete({ destroy: true });
    await expect(refused).rejects.toThrow(RequestRejected);
    await expect(refused).rejects.toMatchObject({ refused: { reason: 'DESTROY_NOT_ENABLED' } });
    await dev.run();
    expect({ record: dev.record, trackers: await seen(prod) }).toEqual(before);
    // A DELETE without destroy releases the tracker as usual.
    expect(await dev.delete()).toMatchObject({ status: 'RELEASED' });
    expect(await seen(prod)).toEqual(before.trackers);
  });

  test('is refused in the same way while the adopted tracker is recorded as missing', async () => {
    const { dev } = await adopted();
    dev.destroyAdopted = false;
    dev.personalize.core.call('DeleteEventTracker', { eventTrackerArn: dev.record.eventTrackerArn });
    dev.time += 60_000;
    await dev.drift();
    await dev.run();
    expect(dev.record).toMatchObject({ status: 'DELETED', missing: { adopted: true } });
    await expect(dev.delete({ destroy: true })).rejects.toMatchObject({ refused: { reason: 'DESTROY_NOT_ENABLED' } });
    expect(await dev.delete()).toMatchObject({ desired: 'ABSENT' });
  });

  test('has no effect on a tracker of our own', async () => {
    const dev = new World({ deployment: 'dev' });
    dev.destroyAdopted = false;
    await activate(dev);
    await dev.delete({ destroy: true });
    await dev.run();
    expect(statuses(dev)).toEqual(['ACTIVE', 'DELETED']);
  });

  test('deletes it if the deployment has enabled it', async () => {
    const { prod, dev } = await adopted();
    await dev.delete({ destroy: true });
    await dev.run();
    expect(await seen(prod)).toEqual([]);
    expect(statuses(dev)).toEqual(['ACTIVE', 'DELETED']);
  });
});
