import { SFNClient } from '@aws-sdk/client-sfn';
import { deploymentName, lifecycleSettings, REQUEST_HANDLER, required, trackerStore } from '../environment.ts';
import { createWorkflowGateway } from '../gateways/workflow.ts';
import { createLog } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { SweepDependencies } from './sweep.ts';

/** What the sweep and the drift check work with. */
export function dependenciesFromEnvironment(): SweepDependencies {
  const client = new SFNClient({ requestHandler: REQUEST_HANDLER });
  return {
    store: trackerStore(),
    workflow: createWorkflowGateway(client, required('STATE_MACHINE_ARN')),
    settings: lifecycleSettings(),
    now: Date.now,
    log: createLog('event-trackers-sweep'),
  };
}

let metrics: Metrics | undefined;

/** Created once per environment: two of them would each write a line of their own. */
export function metricsFromEnvironment(): Metrics {
  metrics ??= createMetrics(deploymentName());
  return metrics;
}

/** Whether a tracker that was deleted out of band is re-created. It gets another tracking ID, so it is off by default. */
export const recreateMissing = (): boolean => process.env.RECREATE_MISSING === 'true';
