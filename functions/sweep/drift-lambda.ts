import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { deploymentName, driftCursor, REQUEST_HANDLER } from '../environment.ts';
import { createDriftGateway } from '../gateways/personalize-drift.ts';
import type { DriftResult } from './drift.ts';
import type { DriftTools } from './drift-run.ts';
import { metricsFromEnvironment, recreateLost, toolsFromEnvironment } from './environment.ts';
import { meteredDrift } from './metered.ts';

let tools: DriftTools | undefined;

/** The drift check as the Lambda that the scheduler invokes, hourly on AWS. */
export const handler = async (event: unknown): Promise<DriftResult> => {
  tools ??= {
    ...toolsFromEnvironment(),
    // One attempt a call: a throttle ends the run, what is left stays due.
    personalize: createDriftGateway(
      new PersonalizeClient({ maxAttempts: 1, requestHandler: REQUEST_HANDLER }),
      deploymentName(),
    ),
    cursor: driftCursor(),
    recreateLost: recreateLost(),
  };
  return meteredDrift(tools, metricsFromEnvironment(), event);
};
