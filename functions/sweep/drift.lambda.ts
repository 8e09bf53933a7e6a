import { driftCursor } from '../bulk-composition.ts';
import { deployedAccounts, deploymentName, recreateMissing, repairTags } from '../environment.ts';
import { personalizeByAccess } from '../gateways/composition.ts';
import { createDriftGateway } from '../gateways/personalize-drift.ts';
import { placeName } from '../tracker/accounts.ts';
import { dependenciesFromEnvironment, metricsFromEnvironment } from './composition.ts';
import type { DriftResult } from './drift.ts';
import type { DriftDependencies, DriftPlace } from './drift-run.ts';
import { detectDriftWithMetrics } from './with-metrics.ts';

let tools: DriftDependencies | undefined;

/** The drift check as the Lambda that the scheduler invokes, hourly on AWS. */
export const handler = async (event: unknown): Promise<DriftResult> => {
  tools ??= {
    ...dependenciesFromEnvironment(),
    places: placesFromEnvironment(),
    recreateMissing: recreateMissing(),
    repairTags: repairTags(),
  };
  return detectDriftWithMetrics(tools, metricsFromEnvironment(), event);
};

function placesFromEnvironment(): DriftDependencies['places'] {
  const { places, accessTo } = deployedAccounts();
  // One attempt a call: a throttle ends the run of an account and Region, what is left stays due.
  const gatewayTo = personalizeByAccess((client) => createDriftGateway(client, deploymentName()));
  const [home, ...others] = places.map((place, index): DriftPlace => {
    const personalize = gatewayTo(accessTo(place));
    // The name without a place is that of deployments without other accounts.
    return { ...place, personalize, cursor: index === 0 ? driftCursor() : driftCursor(placeName(place)) };
  });
  if (home === undefined) throw new Error('A deployment has at least its own account and Region.');
  return [home, ...others];
}
