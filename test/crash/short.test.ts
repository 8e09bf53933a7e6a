import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import { isAccepted } from './story.ts';

/** The short form of `npm run test:crash`. `npm run test:ci` makes five kills; with this seed they include each kind. */
const KILLS = Number(process.env.CRASH_KILLS ?? 2);

test(`after ${KILLS} kill -9 under load, every accepted request has the right outcome, and no event is lost or false`, async () => {
  const { story, folder } = await runCampaign({
    seed: 5,
    kills: KILLS,
    tenants: ['acme', 'umbrella'],
    groupsEach: 3,
    idleWithinMs: 300_000,
  });
  const violations = judge(story);
  // The failure message contains the history. `npm run test:crash` also keeps the folder.
  expect(violations, printStories(story, violations)).toEqual([]);
  expect(story.kills).toHaveLength(KILLS);
  expect(story.requests.filter(isAccepted).length).toBeGreaterThan(KILLS);
  expect(story.stream.length).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
}, 600_000);
