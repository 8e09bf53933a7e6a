import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { DUE_INDEX, STATUS_INDEX, TENANT_INDEX, UNFINISHED_INDEX } from '../../functions/store/item.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { apiAlarms } from './api-alarms.ts';
import { awsMetric, ownMetric, query, sumOf } from './metrics.ts';
import type { StackResources } from './stack-resources.ts';
import { labelOfBus } from './subscriber-bus-patterns.ts';

/** Seconds that a request may take beyond its deadline before it counts as stuck: for a cleanup, a take-over, a slow event bus. */
export const STUCK_RESERVE_SECONDS = 600;
/** A lost answer is waited for until createInFlight has passed. If that is long, at least this reserve remains after it, in seconds. */
const AFTER_IN_FLIGHT_SECONDS = 240;
/** The age, in seconds, at which an outbox entry or a due record counts as late. */
const LATE_SECONDS = 600;
/** More take-overs of one record than chance explains. */
const MAX_TAKE_OVERS = 6;
/** CloudWatch's limit, in characters. */
const MAX_ALARM_NAME = 255;
const SLOW_MS = 10 * 60_000;

/** All alarms of the service. */
export function alarmRules(scope: Construct, parts: StackResources): AlarmRule[] {
  return [
    ...requestAlarms(parts),
    ...workflowAlarms(parts),
    ...eventAlarms(parts),
    ...apiAlarms(scope, parts),
    ...scheduleAlarms(parts),
    ...trackingIdAlarms(parts),
    ...subscriberBusAlarms(parts),
  ];
}

function requestAlarms({ config: { stage, lifecycle } }: StackResources): AlarmRule[] {
  const reserve = Math.max(STUCK_RESERVE_SECONDS, lifecycle.createInFlightSeconds + AFTER_IN_FLIGHT_SECONDS);
  const stuckSeconds = lifecycle.deadlineSeconds + reserve;
  return [
    {
      name: 'StuckRequests',
      description: `A request that was accepted more than ${stuckSeconds} s ago has no outcome, or its cleanup or deletion has not finished.`,
      metric: ownMetric(stage, 'OldestPendingRequestAge', 'max', 5),
      threshold: stuckSeconds,
    },
    {
      name: 'CreateFailedByService',
      description:
        "A creation, or a change of tags, failed because the service's role lacks a permission, or because the deadline passed.",
      metric: ownMetric(stage, 'ServiceFault', 'sum', 5),
      threshold: 1,
    },
    {
      name: 'AcceptToActiveP95',
      description: `One tracker in twenty took more than ${SLOW_MS / 60_000} minutes from its request to ACTIVE.`,
      metric: ownMetric(stage, 'AcceptToActive', 'p95', 15),
      threshold: SLOW_MS,
    },
    {
      name: 'DriftFound',
      description: 'A tracker differs from its record, and the service did not change it.',
      metric: ownMetric(stage, 'DriftFound', 'sum', 60),
      threshold: 1,
    },
  ];
}

function workflowAlarms(parts: StackResources): AlarmRule[] {
  const { config, functions, stateMachine, admissionStateMachine, table } = parts;
  const { stage } = config;
  const ofBothMachines = (...names: string[]) =>
    sumOf(
      [stateMachine, admissionStateMachine].flatMap(({ stateMachineArn }) =>
        names.map((name) => awsMetric('AWS/States', name, { StateMachineArn: stateMachineArn })),
      ),
    );
  const workers = Object.entries(functions).flatMap(([name, each]) => (/^(api|tracking-id)-/.test(name) ? [] : [each]));
  const indexes = [DUE_INDEX, TENANT_INDEX, UNFINISHED_INDEX, STATUS_INDEX].map((GlobalSecondaryIndexName) => ({
    GlobalSecondaryIndexName,
  }));
  const ofTables: Record<string, string>[] = [{}, ...indexes];
  return [
    {
      name: 'FailedExecutions',
      description:
        'An execution of a state machine failed or timed out. The sweeper takes over its record, or starts the next one that admits trackers.',
      metric: ofBothMachines('ExecutionsFailed', 'ExecutionsTimedOut'),
      threshold: 1,
    },
    {
      name: 'TakeOversOfOneRecord',
      description: `One record was taken over ${MAX_TAKE_OVERS} times since its request: its executions keep dying.`,
      metric: ownMetric(stage, 'MaxTakeOversPerRecord', 'max', 5),
      threshold: MAX_TAKE_OVERS,
    },
    {
      name: 'WorkflowThrottles',
      description: "Lambda throttled a task or a scheduled function: the account's concurrency is used up.",
      metric: sumOf(workers.map((each) => each.metricThrottles({ period: Duration.minutes(5), statistic: 'sum' }))),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'StateMachineThrottles',
      description: "Step Functions throttled state transitions: the account's token bucket is empty.",
      metric: ofBothMachines('ExecutionThrottled'),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'TableThrottles',
      description: 'DynamoDB throttled reads or writes of the table or one of its indexes.',
      metric: sumOf(
        ofTables.flatMap((index) =>
          ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
            awsMetric('AWS/DynamoDB', name, { TableName: table.tableName, ...index }),
          ),
        ),
      ),
      threshold: 1,
      periods: 3,
    },
  ];
}

function eventAlarms({ config: { stage }, bus, queues }: StackResources): AlarmRule[] {
  const letters = (queue: StackResources['queues']['schedules']) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'max' });
  return [
    {
      name: 'OldestOutboxEntry',
      description: `An event or an answer to a task token has waited for delivery for more than ${LATE_SECONDS} s.`,
      metric: ownMetric(stage, 'OldestOutboxEntryAge', 'max', 5),
      threshold: LATE_SECONDS,
    },
    {
      name: 'RulesFailedInvocations',
      description: 'A rule on the bus gave up on a target without a dead-letter queue: a subscriber missed an event.',
      metric: failedInvocations(bus.eventBusName),
      threshold: 1,
    },
    ...(queues.bus === undefined
      ? []
      : [
          {
            name: 'BusDeadLetters',
            description: "The bus's dead-letter queue holds events that were not delivered.",
            metric: letters(queues.bus),
            threshold: 1,
          },
        ]),
    {
      name: 'ScheduleDeadLetters',
      description: 'EventBridge Scheduler could not invoke the sweeper, the drift check or the operations.',
      metric: letters(queues.schedules),
      threshold: 1,
    },
  ];
}

/** One for each bus of another account. */
const subscriberBusAlarms = ({ subscriberBuses }: StackResources): AlarmRule[] =>
  subscriberBuses.map(({ busArn, deadLetters }) => ({
    name: 'SubscriberBusDeadLetters',
    of: labelOfBus(busArn),
    description: `Events could not be put on ${busArn}: its subscribers missed them.`,
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'max' }),
    threshold: 1,
  }));

/** Only of deployments that keep tracking IDs. */
function trackingIdAlarms({ config: { stage }, queues: { trackingIds } }: StackResources): AlarmRule[] {
  if (trackingIds.length === 0) return [];
  return [
    {
      name: 'TrackingIdDeadLetters',
      description:
        'An event could not be handled by a function that keeps tracking IDs: an application may read a wrong one.',
      metric: sumOf(
        trackingIds.map((queue) =>
          queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'max' }),
        ),
      ),
      threshold: 1,
    },
    {
      name: 'TrackingIdNameConflicts',
      description:
        'Two event trackers of one tenant have the same name; only the older one has its tracking ID at the path.',
      metric: ownMetric(stage, 'TrackingIdNameConflicts', 'sum', 5),
      threshold: 1,
    },
  ];
}

/** The rules belong to subscribers and are in other stacks; a query by the bus finds them all. */
const failedInvocations = (eventBusName: string): IMetric =>
  query(
    `SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events", EventBusName, RuleName) WHERE EventBusName = '${eventBusName}'`,
    'Failed invocations',
  );

function scheduleAlarms({ config: { stage } }: StackResources): AlarmRule[] {
  return [
    {
      name: 'SweepHeartbeat',
      description: 'No sweep has finished for 5 minutes. Records whose execution died are not continued.',
      metric: ownMetric(stage, 'SweepRuns', 'sum', 5),
      threshold: 1,
      below: true,
      missingIsBreaching: true,
    },
    {
      name: 'SweepBehind',
      description: `A record has been due for more than ${LATE_SECONDS} s: the sweep fails on it, or more records are due than it can take over.`,
      metric: ownMetric(stage, 'OldestDueAge', 'max', 5),
      threshold: LATE_SECONDS,
    },
    {
      name: 'DriftHeartbeat',
      description: 'No drift check has run for 3 hours.',
      metric: ownMetric(stage, 'DriftRuns', 'sum', 60),
      threshold: 1,
      below: true,
      periods: 3,
      missingIsBreaching: true,
    },
    {
      name: 'DriftCheckAborted',
      description:
        'Three drift checks in a row did not compare every tracker: calls were throttled or not answered, or another account denied them.',
      metric: ownMetric(stage, 'DriftCheckAborted', 'sum', 60),
      threshold: 1,
      periods: 3,
    },
  ];
}

/**
 * Creates the alarms and the SNS topic that they notify, also when they end. The deployment's `alarmEmail` subscribes to it; others can
 * be added.
 */
export function addAlarms(scope: Construct, parts: StackResources): Topic {
  const within = new Construct(scope, 'Alarms');
  const { config } = parts;
  const topic = alarmTopic(within, parts.key);
  if (config.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(config.alarmEmail));
  const action = new SnsAction(topic);
  for (const rule of alarmRules(within, parts)) {
    const name = rule.of === undefined ? rule.name : `${rule.name}-${rule.of}`;
    const alarm = new Alarm(within, name, {
      alarmName: `event-trackers-${config.stage}-${name}`.slice(0, MAX_ALARM_NAME),
      alarmDescription: `${rule.description} See docs/operations.md#${rule.name.toLowerCase()}`,
      metric: rule.metric,
      threshold: rule.threshold,
      comparisonOperator: rule.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: rule.periods ?? 1,
      treatMissingData: rule.missingIsBreaching ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
  return topic;
}

/**
 * Encrypted by a key of our own, because CloudWatch may not use SNS's AWS managed key. Requires TLS. Only this account's alarms may
 * publish: once a topic has a policy, they have to be allowed explicitly.
 */
function alarmTopic(scope: Construct, deploymentKey: IKey | undefined): Topic {
  const { account } = Stack.of(scope);
  const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': account } };
  const key =
    deploymentKey ??
    new Key(scope, 'TopicKey', {
      description: 'Encrypts the alarm topic of event-trackers',
      enableKeyRotation: true,
      // It encrypts nothing that outlives the stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  key.grant(alarms.withConditions(ofThisAccount), 'kms:Decrypt', 'kms:GenerateDataKey*');
  const topic = new Topic(scope, 'Topic', {
    displayName: 'Event trackers: alarms',
    masterKey: key,
    enforceSSL: true,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [alarms],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: ofThisAccount,
    }),
  );
  return topic;
}
