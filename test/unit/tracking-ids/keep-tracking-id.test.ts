import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathOf } from '../../../functions/tracker/tracking-id-entry.ts';
import { keepTrackingId } from '../../../functions/tracking-ids/keep-tracking-id.ts';
import { createWorld, expectedPaths, stateChange } from './world.ts';

const SHOP = '/event-trackers/test/acme/shop';

async function handled(...events: unknown[]) {
  const world = createWorld();
  for (const event of events) await keepTrackingId(world.dependencies(), event);
  return world;
}

/** The events of a tracker in order: its sequence rises, its name may change, and it comes and goes. */
const life = (trackerId: string) =>
  fc
    .array(
      fc.record({
        status: fc.constantFrom('ACTIVE', 'ACTIVE', 'DELETED', 'RELEASED', 'CREATE FAILED'),
        name: fc.constantFrom('shop', 'shop', 'blog'),
        at: fc.nat(20),
      }),
      { maxLength: 4 },
    )
    .map((steps) => steps.map(({ status, ...rest }, index) => stateChange(trackerId, index + 1, status, rest)));

describe('the paths follow the newest state of each tracker', () => {
  test('whatever arrives late, twice or in another order', async () => {
    const lives = fc.tuple(life('et-1'), life('et-2'), life('et-3')).map((each) => each.flat());
    await fc.assert(
      fc.asyncProperty(
        lives.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: 0 })),
        ),
        async ([events, repeated]) => {
          const world = await handled(...repeated, ...events.toReversed());
          expect(world.paths()).toEqual(expectedPaths(events));
        },
      ),
    );
  });

  test('an event that was handled before changes nothing', async () => {
    const events = [
      stateChange('et-1', 1, 'ACTIVE'),
      stateChange('et-1', 2, 'DELETED'),
      stateChange('et-1', 3, 'ACTIVE'),
    ];
    const world = await handled(...events);
    const writes = world.writes();
    for (const event of events) await keepTrackingId(world.dependencies(), event);
    expect(world.writes()).toBe(writes);
    expect(world.paths()).toEqual({ [SHOP]: 'id-of-et-1-3' });
  });

  test.each(['DELETED', 'RELEASED', 'CREATE FAILED'])('%s removes the tracking ID', async (status) => {
    const world = await handled(stateChange('et-1', 1, 'ACTIVE'), stateChange('et-1', 2, status));
    expect(world.paths()).toEqual({});
  });

  test('a tracker with a new name leaves nothing under the old one', async () => {
    const world = await handled(stateChange('et-1', 1, 'ACTIVE', { name: 'old' }), stateChange('et-1', 3, 'ACTIVE'));
    expect(world.paths()).toEqual({ [SHOP]: 'id-of-et-1-3' });
  });

  test("a tracker that moves to another tenant's path after its deletion leaves the first one", async () => {
    const world = await handled(
      stateChange('et-1', 1, 'ACTIVE'),
      stateChange('et-1', 2, 'DELETED'),
      stateChange('et-1', 3, 'ACTIVE', { tenantId: 'globex' }),
    );
    expect(world.paths()).toEqual({ '/event-trackers/test/globex/shop': 'id-of-et-1-3' });
  });
});

describe('two trackers of one tenant with the same name', () => {
  const first = stateChange('et-2', 1, 'ACTIVE', { at: 1 });
  const second = stateChange('et-1', 1, 'ACTIVE', { at: 2 });

  test('the second one does not replace the first, and a warning names both', async () => {
    const { paths, warnings } = await handled(first, second);
    expect(paths()).toEqual({ [SHOP]: 'id-of-et-2-1' });
    expect(warnings.join()).toContain('same name');
  });

  test('the second one follows once the first is gone', async () => {
    const { paths } = await handled(first, second, stateChange('et-2', 2, 'DELETED'));
    expect(paths()).toEqual({ [SHOP]: 'id-of-et-1-1' });
  });
});

describe('what says nothing about a tracking ID', () => {
  test.each(['Event Tracker Drift Detected', 'Event Tracker Updated', 'Event Tracker Something New'])(
    'an event of the type %s hides no State Change that arrives after it',
    async (detailType) => {
      const { detail, ...event } = stateChange('et-1', 9, 'ACTIVE') as { detail: { data: object } };
      const data = { ...detail.data, drift: 'TAGS_LOST', outcome: 'UPDATED', eventTrackerArn: 'arn' };
      const other = { ...event, 'detail-type': detailType, detail: { ...detail, data } };
      const world = await handled(other, stateChange('et-1', 1, 'ACTIVE'));
      expect(world.paths()).toEqual({ [SHOP]: 'id-of-et-1-1' });
    },
  );

  test('a status that a later version adds changes nothing', async () => {
    const world = await handled(stateChange('et-1', 1, 'ACTIVE'), stateChange('et-1', 2, 'PAUSED'));
    expect(world.paths()).toEqual({ [SHOP]: 'id-of-et-1-1' });
  });

  test('a name that cannot be part of a path is refused before anything is stored', async () => {
    const world = createWorld();
    await expect(
      keepTrackingId(world.dependencies(), stateChange('et-1', 1, 'ACTIVE', { name: '../x' })),
    ).rejects.toThrow('name must be 1 to 63 letters, digits, - and _');
    expect([world.entries.size, world.paths()]).toEqual([0, {}]);
  });
});

test('the longest path has 160 characters: Parameter Store accepts 1011, Secrets Manager 512', () => {
  const longest = 'x'.repeat(63);
  expect(pathOf('d'.repeat(16), longest, longest)).toHaveLength(160);
});
