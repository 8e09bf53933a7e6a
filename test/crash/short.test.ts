import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { judge } from './judge.ts';
import { printStories } from './print-stories.ts';
import { isAccepted } from './story.ts';

/** The short form of `npm run test:crash`. The seed has a kill of each kind. */
test('five kill -9 with traffic going on: every accepted request ends right, no event is lost, none is false', async () => {
  const { story, folder } = await runCampaign({
    seed: 5,
    kills: 5,
    tenants: ['acme', 'umbrella'],
    groupsEach: 3,
    restWithinMs: 60_000,
  });
  const violations = judge(story);
  // The story is the message of the failure; `npm run test:crash` keeps the folder as well.
  expect(violations, printStories(story, violations)).toEqual([]);
  expect(story.kills).toHaveLength(5);
  expect(story.requests.filter(isAccepted).length).toBeGreaterThan(5);
  expect(story.stream.length).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
}, 90_000);
