import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  assertDeployments,
  type DeploymentSeen,
  type Deployments,
  playDeployments,
  trackerOf,
} from './deployment-play.ts';
import { DEPLOYMENT_ROWS, type DeploymentRow, deploymentNameOf } from './deployment-rows.ts';
import { checkDrift } from './drift-play.ts';
import { type Harness, openHarness, whileSweeping } from './stage.ts';

/** Two runtimes, as two stages in one account: `dev` shares the Personalize of `prod`. */
let stages: Deployments;
const opened: Harness[] = [];
const seen = new Map<DeploymentRow, DeploymentSeen>();
/** What the drift check of `prod` found, once `dev` had done everything. */
let driftOfProd: { drifted?: number; failed?: number } = {};

beforeAll(async () => {
  const environment = { CREATE_IN_FLIGHT_SECONDS: '1', LEASE_SECONDS: '2' };
  const open = async (deployment: string, more: Readonly<Record<string, string>>, args: readonly string[]) => {
    const stage = await openHarness({
      environment: { ...environment, EVENT_TRACKERS_DEPLOYMENT: deployment, ...more },
      args,
    });
    opened.push(stage);
    return stage;
  };
  const prod = await open('prod', {}, []);
  const sharing = { EVENT_TRACKERS_PERSONALIZE_URL: prod.runtime.awsUrl };
  const dev = await open('dev', sharing, ['--no-destroy-adopted']);
  stages = { prod, dev };
  // StartExecution's faults are everybody's: that row is played by itself.
  const alone = (row: DeploymentRow) => row.steps.includes('POST, not started');
  const play = async (row: DeploymentRow) => {
    const name = `acme-two${DEPLOYMENT_ROWS.indexOf(row)}`;
    seen.set(row, await playDeployments(stages, row, name));
  };
  await Promise.all(DEPLOYMENT_ROWS.filter((row) => !alone(row)).map(play));
  await whileSweeping(dev, 300, async () => {
    for (const row of DEPLOYMENT_ROWS.filter(alone)) await play(row);
    // Twice: each drift is reported once. The first also brings cleanups on their way.
    for (let run = 0; run < 2; run++) {
      await checkDrift(dev);
      for (const { group } of seen.values()) await dev.untilIdle(group);
    }
  });
  driftOfProd = await checkDrift(prod);
});
afterAll(async () => {
  for (const stage of opened.reverse()) await stage.end();
});

describe('two deployments', () => {
  for (const row of DEPLOYMENT_ROWS) {
    test(deploymentNameOf(row), () => assertDeployments(stages, row, seen.get(row)));
  }

  test('the drift check of the other deployment finds its trackers as they were', () => {
    expect(driftOfProd).toMatchObject({ drifted: 0, failed: 0 });
  });

  test('the other deployment deletes its own', async () => {
    const { prod } = stages;
    const { group } = [...seen.values()][0] ?? {};
    if (group === undefined) throw new Error('Nothing was played.');
    await prod.api('DELETE', `/event-trackers/${group.trackerId}`);
    await prod.feed.untilPublished(group.trackerId, 2);
    expect(await trackerOf(stages, group)).toEqual([]);
  });
});
