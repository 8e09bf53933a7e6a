import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  assertDeploymentCase,
  type DeploymentResult,
  type Deployments,
  runDeploymentCase,
  trackerOf,
} from './deployment-cases.ts';
import { DEPLOYMENT_ROWS, type DeploymentRow, deploymentNameOf } from './deployment-rows.ts';
import { checkDrift } from './drift-cases.ts';
import { type Harness, openHarness, whileSweeping } from './harness.ts';

/** Two runtimes, like two deployments in one account: `dev` uses the Personalize of `prod`. */
let harnesses: Deployments;
const opened: Harness[] = [];
const seen = new Map<DeploymentRow, DeploymentResult>();
/** The result of the drift check of `prod`, after all rows. */
let driftOfProd: { drifted?: number; failed?: number } = {};

beforeAll(async () => {
  const environment = { CREATE_IN_FLIGHT_SECONDS: '1', LEASE_SECONDS: '2' };
  const open = async (deployment: string, more: Readonly<Record<string, string>>, args: readonly string[]) => {
    const harness = await openHarness({
      environment: { ...environment, EVENT_TRACKERS_DEPLOYMENT: deployment, ...more },
      args,
    });
    opened.push(harness);
    return harness;
  };
  const prod = await open('prod', {}, []);
  const sharing = { EVENT_TRACKERS_PERSONALIZE_URL: prod.runtime.awsUrl };
  const dev = await open('dev', sharing, ['--no-destroy-adopted']);
  harnesses = { prod, dev };
  // A fault of StartExecution affects every row, so this row runs alone.
  const alone = (row: DeploymentRow) => row.steps.includes('POST, not started');
  const runRow = async (row: DeploymentRow) => {
    const name = `acme-two${DEPLOYMENT_ROWS.indexOf(row)}`;
    seen.set(row, await runDeploymentCase(harnesses, row, name));
  };
  await Promise.all(DEPLOYMENT_ROWS.filter((row) => !alone(row)).map(runRow));
  await whileSweeping(dev, 300, async () => {
    for (const row of DEPLOYMENT_ROWS.filter(alone)) await runRow(row);
    // Twice, because each drift must be reported only once. The first check also starts cleanups.
    for (let run = 0; run < 2; run++) {
      await checkDrift(dev);
      for (const { group } of seen.values()) await dev.untilIdle(group);
    }
  });
  driftOfProd = await checkDrift(prod);
});
afterAll(async () => {
  for (const harness of opened.reverse()) await harness.end();
});

describe('two deployments', () => {
  for (const row of DEPLOYMENT_ROWS) {
    test(deploymentNameOf(row), () => assertDeploymentCase(harnesses, row, seen.get(row)));
  }

  test('the drift check of the other deployment finds its trackers unchanged', () => {
    expect(driftOfProd).toMatchObject({ drifted: 0, failed: 0 });
  });

  test('the other deployment can delete its own tracker', async () => {
    const { prod } = harnesses;
    const { group } = [...seen.values()][0] ?? {};
    if (group === undefined) throw new Error('No row ran.');
    await prod.api('DELETE', `/event-trackers/${group.trackerId}`);
    await prod.feed.untilPublished(group.trackerId, 2);
    expect(await trackerOf(harnesses, group)).toEqual([]);
  });
});
