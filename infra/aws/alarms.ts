import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { DUE_INDEX, TENANT_INDEX, UNFINISHED_INDEX } from '../../functions/store/item.ts';
import type { AlarmRule } from './alarm-rule.ts';
import { apiAlarms } from './api-alarms.ts';
import { awsMetric, ownMetric, query, sumOf } from './metrics.ts';
import type { StackResources } from './stack-resources.ts';

/** What a request may take beyond its deadline before it counts as stuck, in seconds: its remains, a take-over, a slow event bus. */
export const STUCK_RESERVE_SECONDS = 600;
/** Of it, what is left where T_land, which a lost answer and its remains are waited for, is set longer. */
const AFTER_IN_FLIGHT_SECONDS = 240;
/** The age at which something that waits to be told, or to be taken over, is called late, in seconds. */
const LATE_SECONDS = 600;
/** How many take-overs of one record are no accident any more. */
const MAX_TAKE_OVERS = 6;
const SLOW_MS = 10 * 60_000;

/** Every alarm of the service. */
export function alarmRules(scope: Construct, parts: StackResources): AlarmRule[] {
  return [
    ...requestAlarms(parts),
    ...workflowAlarms(parts),
    ...eventAlarms(parts),
    ...apiAlarms(scope, parts),
    ...scheduleAlarms(parts),
  ];
}

/** Of what was asked for and accepted. */
function requestAlarms({ config: { stage, lifecycle } }: StackResources): AlarmRule[] {
  const reserve = Math.max(STUCK_RESERVE_SECONDS, lifecycle.createInFlightSeconds + AFTER_IN_FLIGHT_SECONDS);
  const stuckSeconds = lifecycle.deadlineSeconds + reserve;
  return [
    {
      name: 'StuckRequests',
      description: `A request that was accepted more than ${stuckSeconds} s ago has no outcome yet, or has remains that can't be removed.`,
      metric: ownMetric(stage, 'OldestPendingRequestAge', 'max', 5),
      threshold: stuckSeconds,
    },
    {
      name: 'CreateFailedByService',
      description:
        'A tracker is CREATE FAILED because our role may not do what it must, or because the deadline passed.',
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
      description: 'A tracker is not as it is recorded, and not by our doing.',
      metric: ownMetric(stage, 'DriftFound', 'sum', 60),
      threshold: 1,
    },
  ];
}

function workflowAlarms({ config: { stage }, functions, stateMachine, table }: StackResources): AlarmRule[] {
  const ofMachine = { StateMachineArn: stateMachine.stateMachineArn };
  const workers = Object.entries(functions).flatMap(([name, each]) => (name.startsWith('api-') ? [] : [each]));
  const indexes = [DUE_INDEX, TENANT_INDEX, UNFINISHED_INDEX].map((GlobalSecondaryIndexName) => ({
    GlobalSecondaryIndexName,
  }));
  const ofTables: Record<string, string>[] = [{}, ...indexes];
  return [
    {
      name: 'FailedExecutions',
      description: 'An execution of the state machine failed or timed out. The sweep takes its record over.',
      metric: sumOf([
        awsMetric('AWS/States', 'ExecutionsFailed', ofMachine),
        awsMetric('AWS/States', 'ExecutionsTimedOut', ofMachine),
      ]),
      threshold: 1,
    },
    {
      name: 'TakeOversOfOneRecord',
      description: `One record was taken over ${MAX_TAKE_OVERS} times since its wish: its executions die again and again.`,
      metric: ownMetric(stage, 'MaxTakeOversPerRecord', 'max', 5),
      threshold: MAX_TAKE_OVERS,
    },
    {
      name: 'WorkflowThrottles',
      description: "Lambda throttled a task, the sweep or the drift check: the account's concurrency is used up.",
      metric: sumOf(workers.map((each) => each.metricThrottles({ period: Duration.minutes(5), statistic: 'sum' }))),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'StateMachineThrottles',
      description: "Step Functions throttled state transitions: the account's bucket is empty.",
      metric: awsMetric('AWS/States', 'ExecutionThrottled', ofMachine),
      threshold: 1,
      periods: 3,
    },
    {
      name: 'TableThrottles',
      description: 'DynamoDB throttled reads or writes of the table or an index.',
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
  const letters = (queue: StackResources['queues']['bus']) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'max' });
  return [
    {
      name: 'OldestOutboxEntry',
      description: `An event or an answer to a task token has waited for more than ${LATE_SECONDS} s to be taken.`,
      metric: ownMetric(stage, 'OldestOutboxEntryAge', 'max', 5),
      threshold: LATE_SECONDS,
    },
    {
      name: 'RulesFailedInvocations',
      description:
        'A rule on the bus gave up on a target: a subscriber did not get an event, and has no dead-letter queue for it.',
      metric: failedInvocations(bus.eventBusName),
      threshold: 1,
    },
    {
      name: 'BusDeadLetters',
      description: "Events lie in the bus's dead-letter queue: they were not delivered.",
      metric: letters(queues.bus),
      threshold: 1,
    },
    {
      name: 'ScheduleDeadLetters',
      description: 'A run of the sweep or the drift check could not be invoked.',
      metric: letters(queues.schedules),
      threshold: 1,
    },
  ];
}

/** The rules are the subscribers' own, in whatever stack: a query finds them all, by the bus. */
const failedInvocations = (eventBusName: string): IMetric =>
  query(
    `SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events", EventBusName, RuleName) WHERE EventBusName = '${eventBusName}'`,
    'Failed invocations',
  );

function scheduleAlarms({ config: { stage } }: StackResources): AlarmRule[] {
  return [
    {
      name: 'SweepHeartbeat',
      description: 'No sweep has come to its end for 5 minutes. What an execution leaves behind is not taken up.',
      metric: ownMetric(stage, 'SweepRuns', 'sum', 5),
      threshold: 1,
      below: true,
      missingIsBreaching: true,
    },
    {
      name: 'SweepBehind',
      description: `Something has been due for more than ${LATE_SECONDS} s: the sweep fails on it, or finds more than it may take over.`,
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
      description: 'Three drift checks in a row were cut short by throttles: what they did not reach is not compared.',
      metric: ownMetric(stage, 'DriftCheckAborted', 'sum', 60),
      threshold: 1,
      periods: 3,
    },
  ];
}

/**
 * The alarms and the topic that they, and their ends, are told to. What subscribes is the deployment's `alarmEmail`, and whoever
 * is added to the topic.
 */
export function addAlarms(scope: Construct, parts: StackResources): Topic {
  const within = new Construct(scope, 'Alarms');
  const { config } = parts;
  const topic = alarmTopic(within, parts.key);
  if (config.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(config.alarmEmail));
  const action = new SnsAction(topic);
  for (const rule of alarmRules(within, parts)) {
    const alarm = new Alarm(within, rule.name, {
      alarmName: `event-trackers-${config.stage}-${rule.name}`,
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
 * Encrypted by a key of our own, for CloudWatch may not use the AWS managed one of SNS; TLS only; and for this account's alarms
 * only, which have to be let in by name once a topic has a policy.
 */
function alarmTopic(scope: Construct, ofDeployment: IKey | undefined): Topic {
  const { account } = Stack.of(scope);
  const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': account } };
  const key =
    ofDeployment ??
    new Key(scope, 'TopicKey', {
      description: "Encrypts the alarms' topic of the event trackers",
      enableKeyRotation: true,
      // Nothing that stays is encrypted by it.
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
