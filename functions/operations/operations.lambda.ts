import { setTimeout as sleep } from 'node:timers/promises';
import { operationStore, statusIndex } from '../bulk-composition.ts';
import { trackerStore, workflowGateway } from '../composition.ts';
import { deploymentName, lifecycleSettings, operationsIntervalMs, retriesPerMinute } from '../environment.ts';
import { createLog } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
// Loaded at the initialization: each invocation reads records.
import '../store/record-of-item.ts';
import { type OperationDependencies, type OperationsResult, runOperationsWithMetrics } from './run-operations.ts';

let made: { readonly tools: OperationDependencies; readonly metrics: Metrics } | undefined;

/** Continues the operations, as the Lambda that the scheduler invokes, each minute on AWS. */
export const handler = async (event: unknown): Promise<OperationsResult> => {
  made ??= { tools: fromEnvironment(), metrics: createMetrics(deploymentName()) };
  return runOperationsWithMetrics(made.tools, made.metrics, event);
};

function fromEnvironment(): OperationDependencies {
  const log = createLog('event-trackers-operations');
  return {
    store: trackerStore(),
    operations: operationStore(),
    statusIndex: statusIndex(),
    workflow: workflowGateway(),
    settings: lifecycleSettings(),
    now: Date.now,
    sleep,
    retriesPerMinute: retriesPerMinute(),
    intervalMs: operationsIntervalMs(),
    log,
    logStartFailure: ({ trackerId, correlationId }, error) =>
      log.error('a retry was requested, but its execution did not start; the sweeper will start it', error, {
        trackerId,
        correlationId,
      }),
  };
}
