import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

import { lifecycleDefinition, TASKS, type TaskName } from '../state-machine.ts';
import { environmentOfAccounts, grantAccounts } from './accounts.ts';
import { denyOtherPublishers } from './bus.ts';
import type { StackConfig } from './config.ts';
import { createFunction, deployedName, type FunctionContext } from './functions.ts';
import { acknowledgeWildcard, grant, grantTable, type TableGrant } from './grants.ts';
import { ANY_GROUP, ANY_TRACKER, grantObserve, grantPreflight, personalizeArn } from './personalize.ts';
import { ofThisDeployment, withOurTags, withoutAnotherDeployment, withoutTagsOfOurs } from './tag-conditions.ts';

interface Context extends FunctionContext {
  readonly key?: TableGrant['key'];
  readonly bus: EventBus;
}

export type TaskFunctions = Readonly<Record<TaskName, LambdaFunction>>;

const ANY_TASK = 'A task token names no state machine. Granted only to deployments with callbacks.';

/** One function for each task of the state machine. Each reads its record and writes the result. */
export function createTasks(scope: Construct, context: Context): TaskFunctions {
  const createTask = (name: TaskName, description: string, environment: Record<string, string> = {}) => {
    const callsPersonalize = name !== 'PublishEvents';
    const task = createFunction(scope, name, context, {
      description,
      environment: {
        STAGE: context.config.stage,
        ...(callsPersonalize && environmentOfAccounts(scope, context.config)),
        CALLBACKS: context.config.callbacks ? 'enabled' : 'disabled',
        ...environment,
      },
    });
    grantTable(task, { ...context, actions: ['GetItem', 'UpdateItem'] });
    if (callsPersonalize) grantAccounts(task, context.config);
    if (context.config.callbacks) {
      grant(task, { actions: ['states:SendTaskHeartbeat'], resources: ['*'], wildcard: ANY_TASK });
    }
    return task;
  };

  const Observe = createTask('Observe', 'Reads Personalize, records what it observed, decides');
  grantObserve(Observe);

  const CheckDatasetGroup = createTask('CheckDatasetGroup', 'Checks that the dataset group is ready for a tracker');
  grantPreflight(CheckDatasetGroup);

  const { config, bus } = context;
  const CreateEventTracker = createTask('CreateEventTracker', 'Reserves the attempt and creates the tracker');
  grant(CreateEventTracker, {
    actions: ['personalize:CreateEventTracker'],
    resources: [personalizeArn(scope, 'event-tracker')],
    conditions: withOurTags(config.stage),
    wildcard: ANY_TRACKER,
  });
  // For the tags in CreateEventTracker. It cannot put our tags on a tracker of another deployment.
  grant(CreateEventTracker, {
    actions: ['personalize:TagResource'],
    resources: [personalizeArn(scope, 'event-tracker')],
    conditions: { ...withOurTags(config.stage), ...withoutAnotherDeployment(config.stage) },
    wildcard: ANY_TRACKER,
  });
  grant(CreateEventTracker, {
    actions: ['personalize:CreateEventTracker'],
    resources: [personalizeArn(scope, 'dataset-group')],
    conditions: withOurTags(config.stage),
    wildcard: ANY_GROUP,
  });

  const DeleteEventTracker = createTask('DeleteEventTracker', 'Deletes the recorded tracker, and no other');
  grant(DeleteEventTracker, {
    actions: ['personalize:DeleteEventTracker'],
    resources: [personalizeArn(scope, 'event-tracker')],
    // An adopted tracker, which ?destroy=true deletes, carries no tag of ours.
    ...(!config.destroyAdopted && { conditions: ofThisDeployment(config.stage) }),
    wildcard: ANY_TRACKER,
  });

  const UpdateTags = createTask('UpdateTags', 'Gives the recorded tracker its requested tags');
  grant(UpdateTags, {
    actions: ['personalize:ListTagsForResource'],
    resources: [personalizeArn(scope, 'event-tracker')],
    wildcard: ANY_TRACKER,
  });
  // Never a tag of this service, and no tracker of another deployment. An adopted tracker of nobody has no such tag.
  grant(UpdateTags, {
    actions: ['personalize:TagResource', 'personalize:UntagResource'],
    resources: [personalizeArn(scope, 'event-tracker')],
    conditions: { ...withoutTagsOfOurs, ...withoutAnotherDeployment(config.stage) },
    wildcard: ANY_TRACKER,
  });

  const PublishEvents = createTask('PublishEvents', 'Delivers the outbox and removes what was accepted', {
    EVENT_BUS_NAME: bus.eventBusName,
  });
  grant(PublishEvents, { actions: ['events:PutEvents'], resources: [bus.eventBusArn] });
  denyOtherPublishers(bus, PublishEvents);
  if (config.callbacks) {
    grant(PublishEvents, {
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      resources: ['*'],
      wildcard: ANY_TASK,
    });
  }
  return { Observe, CheckDatasetGroup, CreateEventTracker, DeleteEventTracker, UpdateTags, PublishEvents };
}

/** The state machine: the file that the local runtime runs too, with each task's placeholder replaced by its function. */
export function createStateMachine(scope: Construct, config: StackConfig, tasks: TaskFunctions): sfn.StateMachine {
  const stateMachineName = deployedName(config, 'lifecycle');
  const role = new Role(scope, 'StateMachineRole', {
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: `The role of ${stateMachineName}`,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: TASKS.map((name) => tasks[name].functionArn),
    }),
  );
  acknowledgeWildcard(role, '*', 'Log delivery (logs:…LogDelivery…) and X-Ray support no resource-level permissions.');
  const placeholders = Object.fromEntries(TASKS.map((name) => [name, `\${${name}}`])) as Record<TaskName, string>;
  return new sfn.StateMachine(scope, 'StateMachine', {
    stateMachineName,
    stateMachineType: sfn.StateMachineType.STANDARD,
    role,
    definitionBody: sfn.DefinitionBody.fromString(lifecycleDefinition(placeholders)),
    definitionSubstitutions: Object.fromEntries(TASKS.map((name) => [name, tasks[name].functionArn])),
    tracingEnabled: true,
    logs: {
      // With this prefix the account's resource policy for log delivery does not grow with each state machine.
      destination: new LogGroup(scope, 'StateMachineLogs', {
        logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: sfn.LogLevel.ALL,
      // The states pass only ids; a failed task's error stays in its own log.
      includeExecutionData: false,
    },
  });
}
