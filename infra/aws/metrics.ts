import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_UNITS, METRICS_NAMESPACE, METRICS_SERVICE, type MetricName } from '../../functions/metrics.ts';

/** A metric that this service writes, with the dimensions of functions/metrics.ts. */
export function ownMetric(
  stage: string,
  metricName: MetricName,
  statistic: 'sum' | 'max' | 'p50' | 'p95',
  minutes: number,
  code?: string,
): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: METRICS_SERVICE, stage, ...(code !== undefined && { code }) },
    statistic,
    period: Duration.minutes(minutes),
    label: `${metricName} (${METRIC_UNITS[metricName]})`,
  });
}

/** An AWS service's metric of a resource: the sum over 5 minutes. */
export const awsMetric = (namespace: string, metricName: string, dimensionsMap: Record<string, string>): Metric =>
  new Metric({ namespace, metricName, dimensionsMap, statistic: 'sum', period: Duration.minutes(5) });

/** The sum of several metrics over 5 minutes; missing data counts as 0. An alarm accepts at most ten. */
export function sumOf(metrics: readonly IMetric[], label?: string): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  return new MathExpression({ expression, usingMetrics, period: Duration.minutes(5), ...(label && { label }) });
}

/** A CloudWatch Metrics Insights query over 5 minutes. It must return one time series. */
export const query = (expression: string, label: string): MathExpression =>
  new MathExpression({ expression, period: Duration.minutes(5), label });
