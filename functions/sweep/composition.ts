import {
  admissionStore,
  governorGateway,
  taskHeartbeatGateway,
  trackerStore,
  workflowGateway,
} from '../composition.ts';
import { deploymentName, lifecycleSettings } from '../environment.ts';
import { createLog } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
// Loaded at the initialization: each invocation reads records.
import '../store/record-of-item.ts';
import type { SweepDependencies } from './sweep.ts';

/** What the sweep and the drift check need. */
export function dependenciesFromEnvironment(): Omit<SweepDependencies, 'admission' | 'heartbeats'> {
  return {
    store: trackerStore(),
    workflow: workflowGateway(),
    settings: lifecycleSettings(),
    now: Date.now,
    log: createLog('event-trackers-sweep'),
  };
}

/** The dependencies of the sweep. */
export function sweepFromEnvironment(): SweepDependencies {
  const heartbeats = taskHeartbeatGateway();
  return {
    ...dependenciesFromEnvironment(),
    admission: { admissions: admissionStore(), governors: governorGateway() },
    ...(heartbeats && { heartbeats }),
  };
}

let metrics: Metrics | undefined;

/** Created once per environment: two of them would each write a line of their own. */
export function metricsFromEnvironment(): Metrics {
  metrics ??= createMetrics(deploymentName());
  return metrics;
}
