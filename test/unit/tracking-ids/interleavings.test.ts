import { expect, test } from 'vitest';
import { explore, type Scenario } from './explore.ts';
import { stateChange } from './world.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'ACTIVE and DELETED': { events: [stateChange('et-1', 1, 'ACTIVE'), stateChange('et-1', 2, 'DELETED')], crashes: 1 },
  'DELETED, and ACTIVE again': {
    events: [stateChange('et-1', 2, 'DELETED'), stateChange('et-1', 3, 'ACTIVE')],
    crashes: 1,
  },
  'the same event twice': { events: [stateChange('et-1', 1, 'ACTIVE'), stateChange('et-1', 1, 'ACTIVE')], crashes: 1 },
  'a new name': {
    events: [stateChange('et-1', 1, 'ACTIVE', { name: 'old' }), stateChange('et-1', 3, 'ACTIVE', { name: 'new' })],
    crashes: 1,
  },
  'two trackers of one name': {
    events: [stateChange('et-1', 1, 'ACTIVE', { at: 2 }), stateChange('et-2', 1, 'ACTIVE', { at: 1 })],
    crashes: 1,
  },
  'the older of two trackers of one name goes': {
    before: [stateChange('et-1', 1, 'ACTIVE', { at: 1 })],
    events: [stateChange('et-2', 1, 'ACTIVE', { at: 2 }), stateChange('et-1', 2, 'CREATE FAILED', { at: 3 })],
    crashes: 1,
  },
};

test.each(Object.entries(SCENARIOS))(
  'however the calls of its deliveries interleave, and wherever one dies, the paths end right: %s',
  async (_, scenario) => {
    const { violation, states, ends } = await explore(scenario);
    expect(violation).toBeUndefined();
    // Fewer would mean that the calls no longer interleave.
    expect(states).toBeGreaterThan(100);
    expect(ends).toBeGreaterThan(0);
  },
);
