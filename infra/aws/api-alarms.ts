import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../../functions/metrics.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { sumOf } from './metrics.ts';
import type { StackResources } from './stack-resources.ts';

/** Fewer requests than this in 5 minutes make a ratio meaningless. */
const MIN_REQUESTS = 20;
const MAX_UNAUTHORIZED = 0.5;
const REFUSED = {
  JWT: '{ $.status = 401 }',
  FUNCTION: '{ ($.status = 401) || (($.status = 403) && ($.integrationStatus = "-")) }',
};

/** Alarms on API Gateway's own metrics and the API's functions. */
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
      description: "Lambda throttled the API's functions: the account's concurrency is used up, and callers got a 503.",
      metric: sumOf(ofApi.map((each) => each.metricThrottles({ period, statistic: 'sum' }))),
      threshold: 1,
    },
    {
      name: 'Unauthorized',
      description: 'More than half of the requests were refused for their token for 15 minutes.',
      metric: new MathExpression({
        expression: `IF(requests >= ${MIN_REQUESTS}, FILL(unauthorized, 0) / requests, 0)`,
        usingMetrics: {
          requests: httpApi.metricCount({ period, statistic: 'sum' }),
          unauthorized: unauthorizedRequests(scope, parts),
        },
        period,
        label: 'Ratio of refused tokens',
      }),
      threshold: MAX_UNAUTHORIZED,
      periods: 3,
    },
  ];
}

/**
 * The metrics of an HTTP API do not tell a refused token from other 4xx responses, so they are counted in the access log. The JWT authorizer
 * answers 401; for a Lambda authorizer, API Gateway answers 403, before any integration.
 */
function unauthorizedRequests(scope: Construct, { accessLogs, config }: StackResources): Metric {
  // A metric filter takes dimensions only from log fields, and none holds the stage. So the stage is part of the name.
  const metricName = `Unauthorized-${config.stage}`;
  new MetricFilter(scope, 'UnauthorizedFilter', {
    logGroup: accessLogs,
    filterPattern: FilterPattern.literal(REFUSED[config.authorizer]),
    metricNamespace: METRICS_NAMESPACE,
    metricName,
    metricValue: '1',
  });
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: 'sum', period: Duration.minutes(5) });
}
