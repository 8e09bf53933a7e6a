import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { DUE_INDEX, STATUS_INDEX } from '../../functions/store/item.ts';
import { OPERATIONS_TIMEOUT_SECONDS } from '../longest-silence.ts';
import { environmentOfAccounts, grantAccounts } from './accounts.ts';
import type { StackConfig } from './config.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createFunction, deployedName, type FunctionContext } from './functions.ts';
import { ANY_TASK, grant, grantTable, type TableGrant } from './grants.ts';
import { grantDatasetGroup, grantTrackers } from './personalize.ts';
import { admissionStateMachineArn } from './workflow.ts';

interface Context extends FunctionContext {
  readonly key?: TableGrant['key'];
  readonly stateMachine: StateMachine;
}

export type ScheduledFunctions = Readonly<Record<'sweep' | 'drift' | 'operations', LambdaFunction>>;

/** The sweeper, the drift check and the operations. A failed run is not retried, because the next one follows anyway. */
export function createScheduledFunctions(scope: Construct, context: Context): ScheduledFunctions {
  const { config, stateMachine } = context;
  const environment = { STAGE: config.stage, STATE_MACHINE_ARN: stateMachine.stateMachineArn };

  const sweep = createFunction(scope, 'sweep', context, {
    description: 'Takes over due records that no execution continues',
    environment: {
      ...environment,
      ADMISSION_RATE: String(config.admissionRate),
      ADMISSION_STATE_MACHINE_ARN: admissionStateMachineArn(scope, config),
      CALLBACKS: config.callbacks ? 'enabled' : 'disabled',
    },
  });
  // A run reads and writes up to 10,000 records. It sends no create call, so createInFlight does not depend on this time-out.
  const drift = createFunction(scope, 'drift', context, {
    description: 'Compares idle records with Personalize',
    environment: {
      ...environment,
      ...environmentOfAccounts(scope, config),
      RECREATE_MISSING: String(config.recreateMissing),
      REPAIR_TAGS: String(config.repairTags),
    },
    timeout: Duration.minutes(5),
  });
  // A run spreads its retries over fifty seconds.
  const operations = createFunction(scope, 'operations', context, {
    description: 'Continues the operations that retry many event trackers',
    environment: {
      ...environment,
      RETRIES_PER_MINUTE: String(config.retriesPerMinute),
      OPERATIONS_INTERVAL_SECONDS: '60',
    },
    timeout: Duration.seconds(OPERATIONS_TIMEOUT_SECONDS),
  });
  operations.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  grantTable(operations, {
    ...context,
    actions: ['GetItem', 'PutItem', 'UpdateItem'],
    indexes: [DUE_INDEX, STATUS_INDEX],
  });
  grant(operations, { actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] });
  for (const fn of [sweep, drift]) {
    fn.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    // The sweep reads the trackers that wait for admission, to send heartbeats.
    const batch = fn === sweep && config.callbacks ? ['BatchGetItem'] : [];
    grantTable(fn, { ...context, actions: ['GetItem', ...batch, 'UpdateItem'], indexes: [DUE_INDEX] });
    grant(fn, { actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] });
  }
  grant(sweep, { actions: ['states:StartExecution'], resources: [admissionStateMachineArn(scope, config)] });
  if (config.callbacks) {
    grant(sweep, { actions: ['states:SendTaskHeartbeat'], resources: ['*'], wildcard: ANY_TASK });
  }
  grantAccounts(drift, config);
  grantTrackers(drift);
  // If listing a group's trackers is refused, to find out whether the group is gone.
  grantDatasetGroup(drift);
  return { sweep, drift, operations };
}

export interface Schedules {
  readonly schedules: Readonly<Record<'sweep' | 'drift' | 'operations', Schedule>>;
  readonly deadLetters: Queue;
}

/** Every minute, and the drift check every hour, without a flexible time window. */
export function createSchedules(
  scope: Construct,
  config: StackConfig,
  { sweep, drift, operations }: ScheduledFunctions,
  key?: TableGrant['key'],
): Schedules {
  const deadLetters = createDeadLetters(scope, 'ScheduleDeadLetters', key);
  const role = new Role(scope, 'SchedulerRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: `The role of the schedules of event-trackers-${config.stage}`,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [sweep.functionArn, drift.functionArn, operations.functionArn],
    }),
  );
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }));
  if (key) {
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
    );
  }
  const createSchedule = (id: string, name: string, fn: LambdaFunction, every: Duration, retryFor: Duration) =>
    new Schedule(scope, id, {
      scheduleName: deployedName(config, name),
      description: `Invokes ${deployedName(config, name)}`,
      schedule: ScheduleExpression.rate(every),
      timeWindow: TimeWindow.off(),
      target: {
        bind: () => ({
          arn: fn.functionArn,
          role,
          input: ScheduleTargetInput.fromObject({}),
          // For the invocation itself.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: retryFor.toSeconds() },
          deadLetterConfig: { arn: deadLetters.queueArn },
        }),
      },
    });
  return {
    schedules: {
      sweep: createSchedule('SweepSchedule', 'sweep', sweep, Duration.minutes(1), Duration.minutes(1)),
      drift: createSchedule('DriftSchedule', 'drift', drift, Duration.hours(1), Duration.minutes(15)),
      operations: createSchedule(
        'OperationsSchedule',
        'operations',
        operations,
        Duration.minutes(1),
        Duration.minutes(1),
      ),
    },
    deadLetters,
  };
}
