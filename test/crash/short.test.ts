import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import { isAccepted } from './story.ts';

/** The short form of `npm run test:crash`. `npm run test:ci` makes five, in which the seed has a kill of each kind. */
const KILLS = Number(process.env.CRASH_KILLS ?? 2);

test(`${KILLS} kill -9 with traffic going on: every accepted request ends right, no event is lost, none is false`, async () => {
  const { story, folder } = await runCampaign({
    seed: 5,
    kills: KILLS,
    tenants: ['acme', 'umbrella'],
    groupsEach: 3,
    restWithinMs: 300_000,
  });
  const violations = judge(story);
  // The story is the message of the failure; `npm run test:crash` keeps the folder as well.
  expect(violations, printStories(story, violations)).toEqual([]);
  expect(story.kills).toHaveLength(KILLS);
  expect(story.requests.filter(isAccepted).length).toBeGreaterThan(KILLS);
  expect(story.stream.length).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
}, 600_000);
