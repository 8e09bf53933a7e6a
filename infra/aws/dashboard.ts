import { Duration, Stack } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { FAILURE_CODES } from '../../functions/tracker/failures.ts';
import { awsMetric, ownMetric } from './metrics.ts';
import type { StackResources } from './stack-resources.ts';
import { labelOfBus } from './subscriber-bus-patterns.ts';

const period = Duration.minutes(5);
const HALF = 12;
const THIRD = 8;

const graph = (title: string, width: number, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, width, height: 6, left, right, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });

/** One page, from what callers notice to what it depends on: requests, trackers, the workflow, the sweeper, events, the table. */
export function addDashboard(scope: Construct, parts: StackResources): Dashboard {
  const { config } = parts;
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: `event-trackers-${config.stage}`,
    defaultInterval: Duration.hours(12),
    // A graph over a week shows the same peaks as one over an hour.
    periodOverride: PeriodOverride.INHERIT,
  });
  dashboard.addWidgets(
    new TextWidget({
      markdown: `# Event trackers, ${config.stage}\nWhat each alarm means and what to do: docs/operations.md.`,
      width: 24,
      height: 2,
    }),
  );
  dashboard.addWidgets(...requests(parts));
  dashboard.addWidgets(...trackers(parts));
  dashboard.addWidgets(...workflow(parts));
  dashboard.addWidgets(...sweepAndDrift(parts));
  dashboard.addWidgets(...eventsAndTable(parts));
  dashboard.addWidgets(errors(parts));
  return dashboard;
}

function requests({ httpApi }: StackResources) {
  return [
    graph('API: requests and errors', HALF, [
      httpApi.metricCount({ period, statistic: 'sum', label: 'requests' }),
      httpApi.metricClientError({ period, statistic: 'sum', label: '4xx' }),
      httpApi.metricServerError({ period, statistic: 'sum', label: '5xx' }),
    ]),
    graph('API: latency (ms)', HALF, [
      httpApi.metricLatency({ period, statistic: 'p50', label: 'p50' }),
      httpApi.metricLatency({ period, statistic: 'p95', label: 'p95' }),
    ]),
  ];
}

function trackers({ config: { stage } }: StackResources) {
  return [
    graph('From the request to ACTIVE (ms)', THIRD, [
      ownMetric(stage, 'AcceptToActive', 'p50', 5).with({ label: 'p50' }),
      ownMetric(stage, 'AcceptToActive', 'p95', 5).with({ label: 'p95' }),
    ]),
    graph('Outcomes', THIRD, [
      ownMetric(stage, 'Active', 'sum', 5).with({ label: 'ACTIVE' }),
      ...[...FAILURE_CODES, 'OTHER'].map((code) =>
        ownMetric(stage, 'CreateFailed', 'sum', 5, code).with({ label: code }),
      ),
      ownMetric(stage, 'Updated', 'sum', 5).with({ label: 'tags updated' }),
      ownMetric(stage, 'UpdateFailed', 'sum', 5).with({ label: 'update failed' }),
    ]),
    graph('Oldest pending request, oldest outbox entry (s)', THIRD, [
      ownMetric(stage, 'OldestPendingRequestAge', 'max', 5).with({ label: 'request' }),
      ownMetric(stage, 'OldestOutboxEntryAge', 'max', 5).with({ label: 'outbox' }),
    ]),
  ];
}

function workflow({ stateMachine, functions }: StackResources) {
  const ofFunctions = Object.entries(functions);
  return [
    graph('Executions', THIRD, [
      stateMachine.metricStarted({ period, label: 'started' }),
      stateMachine.metricSucceeded({ period, label: 'succeeded' }),
      stateMachine.metricFailed({ period, label: 'failed' }),
      stateMachine.metricTimedOut({ period, label: 'timed out' }),
    ]),
    graph(
      'Functions: errors',
      THIRD,
      ofFunctions.map(([name, each]) => each.metricErrors({ period, label: name })),
    ),
    graph(
      'Functions: p95 duration (ms)',
      THIRD,
      ofFunctions.map(([name, each]) => each.metricDuration({ period, statistic: 'p95', label: name })),
    ),
  ];
}

function sweepAndDrift({ config: { stage } }: StackResources) {
  return [
    graph(
      'Sweep',
      THIRD,
      [
        ownMetric(stage, 'Due', 'sum', 5).with({ label: 'due' }),
        ownMetric(stage, 'TakeOvers', 'sum', 5).with({ label: 'taken over' }),
        ownMetric(stage, 'SweepFailures', 'sum', 5).with({ label: 'failed' }),
        ownMetric(stage, 'MaxTakeOversPerRecord', 'max', 5).with({ label: 'max of one record' }),
      ],
      [
        ownMetric(stage, 'SweepRuns', 'sum', 5).with({ label: 'runs' }),
        ownMetric(stage, 'OldestDueAge', 'max', 5).with({ label: 'oldest due (s)' }),
      ],
    ),
    graph('Drift check', THIRD, [
      ownMetric(stage, 'DriftRuns', 'sum', 60).with({ label: 'runs' }),
      ownMetric(stage, 'DriftFound', 'sum', 60).with({ label: 'found' }),
      ownMetric(stage, 'DriftFailures', 'sum', 60).with({ label: 'failed' }),
      ownMetric(stage, 'DriftCheckAborted', 'sum', 60).with({ label: 'aborted' }),
    ]),
    graph(
      'Admission',
      THIRD,
      [
        ownMetric(stage, 'Admitted', 'sum', 5).with({ label: 'admitted' }),
        ownMetric(stage, 'GovernorRestarts', 'sum', 5).with({ label: 'governors started by the sweep' }),
      ],
      [ownMetric(stage, 'AdmissionRate', 'max', 5).with({ label: 'rate (trackers/s)' })],
    ),
    graph('Operations', THIRD, [
      ownMetric(stage, 'OperationRetries', 'sum', 5).with({ label: 'retried' }),
      ownMetric(stage, 'OperationFailures', 'sum', 5).with({ label: 'failed' }),
    ]),
  ];
}

function eventsAndTable({ config: { stage }, queues, subscriberBuses, table }: StackResources) {
  const ofTable = (name: string) => awsMetric('AWS/DynamoDB', name, { TableName: table.tableName });
  return [
    graph('Dead letters', HALF, [
      ...(queues.bus ? [queues.bus.metricApproximateNumberOfMessagesVisible({ period, label: 'bus' })] : []),
      queues.schedules.metricApproximateNumberOfMessagesVisible({ period, label: 'schedules' }),
      ...subscriberBuses.map(({ busArn, deadLetters }) =>
        deadLetters.metricApproximateNumberOfMessagesVisible({
          period,
          label: labelOfBus(busArn),
        }),
      ),
      ...queues.trackingIds.map((queue, index) =>
        queue.metricApproximateNumberOfMessagesVisible({ period, label: `tracking IDs ${index + 1}` }),
      ),
      ...(queues.trackingIds.length > 0
        ? [ownMetric(stage, 'TrackingIdNameConflicts', 'sum', 5).with({ label: 'tracking IDs: equal names' })]
        : []),
    ]),
    graph('Table: units consumed', HALF, [
      ofTable('ConsumedReadCapacityUnits').with({ label: 'read' }),
      ofTable('ConsumedWriteCapacityUnits').with({ label: 'write' }),
    ]),
  ];
}

/** The latest errors of all functions, so that the dashboard shows what went wrong and not only that something did. */
function errors({ functions }: StackResources): LogQueryWidget {
  return new LogQueryWidget({
    title: 'Errors and warnings, latest first',
    width: 24,
    height: 8,
    region: Stack.of(functions.sweep).region,
    logGroupNames: Object.values(functions).map((each) => each.logGroup.logGroupName),
    queryLines: [
      'fields @timestamp, level, message, trackerId, correlationId, error.name, error.message',
      "filter level in ['ERROR', 'WARN']",
      'sort @timestamp desc',
      'limit 50',
    ],
  });
}
