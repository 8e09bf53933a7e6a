import { trackerStore, workflowGateway } from '../composition.ts';
import { deploymentName, lifecycleSettings } from '../environment.ts';
import { createLog } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { SweepDependencies } from './sweep.ts';

/** The dependencies of the sweep; the drift check needs some more. */
export function dependenciesFromEnvironment(): SweepDependencies {
  return {
    store: trackerStore(),
    workflow: workflowGateway(),
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
