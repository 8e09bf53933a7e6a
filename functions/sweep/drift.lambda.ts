import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { driftCursor, REQUEST_HANDLER } from '../composition.ts';
import { deploymentName, recreateMissing } from '../environment.ts';
import { createDriftGateway } from '../gateways/personalize-drift.ts';
import { dependenciesFromEnvironment, metricsFromEnvironment } from './composition.ts';
import type { DriftResult } from './drift.ts';
import type { DriftDependencies } from './drift-run.ts';
import { detectDriftWithMetrics } from './with-metrics.ts';

let tools: DriftDependencies | undefined;

/** The drift check as the Lambda that the scheduler invokes, hourly on AWS. */
export const handler = async (event: unknown): Promise<DriftResult> => {
  tools ??= {
    ...dependenciesFromEnvironment(),
    // One attempt a call: a throttle ends the run, what is left stays due.
    personalize: createDriftGateway(
      new PersonalizeClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
      deploymentName(),
    ),
    cursor: driftCursor(),
    recreateMissing: recreateMissing(),
  };
  return detectDriftWithMetrics(tools, metricsFromEnvironment(), event);
};
