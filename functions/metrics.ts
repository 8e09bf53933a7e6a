import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';

/** The namespace of every metric of this service in CloudWatch. */
export const METRICS_NAMESPACE = 'EventTrackers';
/** The value of the dimension `service`; `stage` is the other dimension that every metric has. */
export const METRICS_SERVICE = 'event-trackers';

const { Count, Milliseconds, Seconds } = MetricUnit;

/** Every metric and its unit. What each is for is in docs/operations.md; alarms and dashboard take their names from here. */
export const METRIC_UNITS = {
  // The sweep's, each run.
  SweepRuns: Count,
  Due: Count,
  OldestDueAge: Seconds,
  TakeOvers: Count,
  MaxTakeOversPerRecord: Count,
  SweepFailures: Count,
  // Of a record that a task or the sweep has in hand: since when its newest wish has no outcome, its oldest entry was not taken.
  OldestPendingRequestAge: Seconds,
  OldestOutboxEntryAge: Seconds,
  // The drift check's, each run.
  DriftRuns: Count,
  DriftFound: Count,
  DriftFailures: Count,
  DriftCheckAborted: Count,
  // PublishEvents', each outcome that the bus took.
  Active: Count,
  AcceptToActive: Milliseconds,
  CreateFailed: Count,
  ServiceFault: Count,
} as const;
export type MetricName = keyof typeof METRIC_UNITS;
export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;

/** Where numbers for the people on call go. Never an id, a name or a secret: a dimension's every value is a metric of its own. */
export interface Metrics {
  /**
   * One observation of each metric.
   * @param code of a failure, as one more dimension: from the bounded set FAILURE_CODES only
   */
  emit(values: MetricValues, code?: string): void;
}

/**
 * Metrics in CloudWatch's embedded metric format: a line in the function's log, no call. `POWERTOOLS_METRICS_DISABLED=true`
 * keeps the lines away, as the local runtime does.
 * @param stage the deployment's stage, the dimension that tells deployments in one account apart
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
