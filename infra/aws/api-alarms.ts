import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../../functions/metrics.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { sumOf } from './metrics.ts';
import type { StackResources } from './stack-resources.ts';

/** Below it a ratio says nothing, of requests in 5 minutes. */
const MIN_REQUESTS = 20;
const MAX_UNAUTHORIZED = 0.5;

/** Of the requests, as API Gateway sees them. */
export function apiAlarms(scope: Construct, parts: StackResources): AlarmRule[] {
  const { httpApi, functions } = parts;
  const period = Duration.minutes(5);
  const ofApi = Object.entries(functions).flatMap(([name, each]) => (name.startsWith('api-') ? [each] : []));
  return [
    {
      name: 'Api5xx',
      description: 'The API answered 5xx three times or more within 5 minutes.',
      metric: httpApi.metricServerError({ period, statistic: 'sum' }),
      threshold: 3,
    },
    {
      name: 'ApiThrottles',
      description:
        "Lambda throttled functions of the API: the account's concurrency is used up, and callers got a 503.",
      metric: sumOf(ofApi.map((each) => each.metricThrottles({ period, statistic: 'sum' }))),
      threshold: 1,
    },
    {
      name: 'Unauthorized',
      description: 'More than half of the requests were refused with 401 for a quarter of an hour.',
      metric: new MathExpression({
        expression: `IF(requests >= ${MIN_REQUESTS}, FILL(unauthorized, 0) / requests, 0)`,
        usingMetrics: {
          requests: httpApi.metricCount({ period, statistic: 'sum' }),
          unauthorized: unauthorizedRequests(scope, parts),
        },
        period,
        label: 'Ratio of 401s',
      }),
      threshold: MAX_UNAUTHORIZED,
      periods: 3,
    },
  ];
}

/** An HTTP API's own metrics have 4xx only, in which a 404 is as good as a 401: it is counted in the access logs. */
function unauthorizedRequests(scope: Construct, { accessLogs, config }: StackResources): Metric {
  // A filter's dimensions come from the log's fields, none of which is the stage: it is in the metric's name.
  const metricName = `Unauthorized-${config.stage}`;
  new MetricFilter(scope, 'UnauthorizedFilter', {
    logGroup: accessLogs,
    filterPattern: FilterPattern.literal('{ $.status = 401 }'),
    metricNamespace: METRICS_NAMESPACE,
    metricName,
    metricValue: '1',
  });
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: 'sum', period: Duration.minutes(5) });
}
