import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { DUE_INDEX } from '../../functions/store/item.ts';
import type { StackConfig } from './config.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createFunction, deployedName, type FunctionContext } from './functions.ts';
import { grant, grantTable, type TableGrant } from './grants.ts';
import { grantDatasetGroup, grantTrackers } from './personalize.ts';

interface Context extends FunctionContext {
  readonly key?: TableGrant['key'];
  readonly stateMachine: StateMachine;
}

export type ScheduledFunctions = Readonly<Record<'sweep' | 'drift', LambdaFunction>>;

/** The sweep and the drift check. Neither is tried again for a failure of its own: the next one comes anyhow. */
export function createScheduledFunctions(scope: Construct, context: Context): ScheduledFunctions {
  const { config, stateMachine } = context;
  const environment = { STAGE: config.stage, STATE_MACHINE_ARN: stateMachine.stateMachineArn };

  const sweep = createFunction(scope, 'sweep', context, {
    description: 'Takes over what is due and nobody looks after',
    environment,
  });
  // A look at up to 10,000 records, a read and a write each. It makes no call that T_land has to cover.
  const drift = createFunction(scope, 'drift', context, {
    description: 'Compares the records with what Personalize has',
    environment: { ...environment, RECREATE_MISSING: String(config.recreateMissing) },
    timeout: Duration.minutes(5),
  });
  for (const fn of [sweep, drift]) {
    fn.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    grantTable(fn, { ...context, actions: ['GetItem', 'UpdateItem'], index: DUE_INDEX });
    grant(fn, { actions: ['states:StartExecution'], resources: [stateMachine.stateMachineArn] });
  }
  grantTrackers(drift);
  // Where a group's list is refused: is the group gone?
  grantDatasetGroup(drift);
  return { sweep, drift };
}

export interface Schedules {
  readonly schedules: Readonly<Record<'sweep' | 'drift', Schedule>>;
  readonly deadLetters: Queue;
}

/** Each minute, each hour, on time. */
export function createSchedules(
  scope: Construct,
  config: StackConfig,
  { sweep, drift }: ScheduledFunctions,
  key?: TableGrant['key'],
): Schedules {
  const deadLetters = createDeadLetters(scope, 'ScheduleDeadLetters', key);
  const role = new Role(scope, 'SchedulerRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: `What the schedules of event-trackers-${config.stage} may do`,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [sweep.functionArn, drift.functionArn],
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
      description: `Calls ${deployedName(config, name)}`,
      schedule: ScheduleExpression.rate(every),
      timeWindow: TimeWindow.off(),
      target: {
        bind: () => ({
          arn: fn.functionArn,
          role,
          input: ScheduleTargetInput.fromObject({}),
          // Of its delivery to Lambda.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: retryFor.toSeconds() },
          deadLetterConfig: { arn: deadLetters.queueArn },
        }),
      },
    });
  return {
    schedules: {
      sweep: createSchedule('SweepSchedule', 'sweep', sweep, Duration.minutes(1), Duration.minutes(1)),
      drift: createSchedule('DriftSchedule', 'drift', drift, Duration.hours(1), Duration.minutes(15)),
    },
    deadLetters,
  };
}
