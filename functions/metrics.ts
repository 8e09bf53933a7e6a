import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';

/** The namespace of every metric of this service in CloudWatch. */
export const METRICS_NAMESPACE = 'EventTrackers';
/** The value of the dimension `service`. Every metric also has the dimension `stage`. */
export const METRICS_SERVICE = 'event-trackers';

const { Count, CountPerSecond, Milliseconds, Seconds } = MetricUnit;

/** All metrics and their units. docs/operations.md explains each; alarms and dashboard use these names. */
export const METRIC_UNITS = {
  // Written by each sweep.
  SweepRuns: Count,
  Due: Count,
  OldestDueAge: Seconds,
  TakeOvers: Count,
  MaxTakeOversPerRecord: Count,
  SweepFailures: Count,
  GovernorRestarts: Count,
  // Written by each task and sweep: the age of the record's pending request, and of its oldest outbox entry.
  OldestPendingRequestAge: Seconds,
  OldestOutboxEntryAge: Seconds,
  // Written by each drift check.
  DriftRuns: Count,
  DriftFound: Count,
  DriftFailures: Count,
  DriftCheckAborted: Count,
  // Written by each run that continues an operation.
  OperationRetries: Count,
  OperationFailures: Count,
  // Written by each tick of a governor: how many trackers it admitted, and how many a second it may admit.
  Admitted: Count,
  AdmissionRate: CountPerSecond,
  // Written by PublishEvents for each outcome that the bus accepted.
  Active: Count,
  AcceptToActive: Milliseconds,
  CreateFailed: Count,
  ServiceFault: Count,
  Updated: Count,
  UpdateFailed: Count,
  // Written by the functions that keep tracking IDs, with each event of a tracker whose name another tracker of its tenant has.
  TrackingIdNameConflicts: Count,
} as const;
export type MetricName = keyof typeof METRIC_UNITS;
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/** Numbers for on-call engineers. Never an id, a name or a secret as a dimension: each value of a dimension is a metric of its own. */
export interface Metrics {
  /**
   * One observation of each metric.
   * @param code a failure's code, as one more dimension; only from the bounded set FAILURE_CODES
   */
  emit(values: MetricValues, code?: string): void;
}

/**
 * Writes metrics in CloudWatch's embedded metric format: a line in the function's log, without a call. `POWERTOOLS_METRICS_DISABLED=true`
 * turns them off; the local runtime sets it.
 * @param stage the deployment's stage, a dimension that separates the deployments of one account
 */
export function createMetrics(stage: string): Metrics {
  const metrics = new PowertoolsMetrics({
    namespace: METRICS_NAMESPACE,
    serviceName: METRICS_SERVICE,
    defaultDimensions: { stage },
  });
  return {
    emit(values, code) {
      const entries = Object.entries(values) as [MetricName, number | undefined][];
      const present = entries.filter((entry): entry is [MetricName, number] => entry[1] !== undefined);
      if (present.length === 0) return;
      for (const [name, value] of present) metrics.addMetric(name, METRIC_UNITS[name], value);
      if (code !== undefined) metrics.addDimension('code', code);
      metrics.publishStoredMetrics();
    },
  };
}
