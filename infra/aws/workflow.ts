import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { DUE_INDEX } from '../../functions/store/item.ts';
import { ADMISSION_TASK, admissionDefinition, lifecycleDefinition, TASKS, type TaskName } from '../state-machine.ts';
import { environmentOfAccounts, grantAccounts } from './accounts.ts';
import { denyOtherPublishers } from './bus.ts';
import type { StackConfig } from './config.ts';
import { createFunction, deployedName, type FunctionContext } from './functions.ts';
import { ANY_TASK, acknowledgeWildcard, grant, grantTable, type TableGrant } from './grants.ts';
import { logDeliverySource, stateMachineLogsName } from './key.ts';
import { ANY_GROUP, ANY_TRACKER, grantObserve, grantPreflight, personalizeArn } from './personalize.ts';
import { ofThisDeployment, withOurTags, withoutAnotherDeployment, withoutTagsOfOurs } from './tag-conditions.ts';

interface Context extends FunctionContext {
  readonly key?: TableGrant['key'];
  readonly bus: IEventBus;
}

export type TaskFunctions = Readonly<Record<TaskName, LambdaFunction>>;

/** One function for each task of the state machine. Each reads its record and writes the result. */
export function createTasks(scope: Construct, context: Context): TaskFunctions {
  const createTask = (name: TaskName, description: string, environment: Record<string, string> = {}) => {
    const callsPersonalize = name !== 'PublishEvents';
    const task = createFunction(scope, name, context, {
      description,
      environment: {
        STAGE: context.config.stage,
        ...(callsPersonalize && {
          ...environmentOfAccounts(scope, context.config),
          ADMISSION_RATE: String(context.config.admissionRate),
        }),
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

  const admissionArn = admissionStateMachineArn(scope, context.config);
  const Observe = createTask('Observe', 'Reads Personalize, records what it observed, decides', {
    ADMISSION_STATE_MACHINE_ARN: admissionArn,
  });
  grantObserve(Observe);
  grant(Observe, { actions: ['states:StartExecution'], resources: [admissionArn] });

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
  // The policy of a bus of somebody else is theirs.
  if (bus instanceof EventBus) denyOtherPublishers(bus, PublishEvents);
  if (config.callbacks) {
    grant(PublishEvents, {
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      resources: ['*'],
      wildcard: ANY_TASK,
    });
  }
  return { Observe, CheckDatasetGroup, CreateEventTracker, DeleteEventTracker, UpdateTags, PublishEvents };
}

/** The state machine of the lifecycle: the file that the local runtime runs too, with each task's placeholder replaced by its function. */
export function createStateMachine(
  scope: Construct,
  config: StackConfig,
  tasks: TaskFunctions,
  key?: IKey,
): sfn.StateMachine {
  const placeholders = Object.fromEntries(TASKS.map((name) => [name, `\${${name}}`])) as Record<TaskName, string>;
  return stateMachine(scope, config, {
    prefix: '',
    name: 'lifecycle',
    definition: lifecycleDefinition(placeholders),
    functions: tasks,
    key,
  });
}

/** The state machine that admits trackers. By name: its function starts executions of the lifecycle, whose tasks start this one. */
export const admissionStateMachineArn = (scope: Construct, config: StackConfig): string =>
  stateMachineArn(scope, deployedName(config, ADMISSION));

const stateMachineArn = (scope: Construct, stateMachineName: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

const ADMISSION = 'admission';

/** What admits trackers that wait for their turn: a function and its state machine. */
export function createAdmission(
  scope: Construct,
  context: FunctionContext & { readonly key?: TableGrant['key']; readonly lifecycle: sfn.StateMachine },
): { readonly admitWaiting: LambdaFunction; readonly admissionStateMachine: sfn.StateMachine } {
  const { config, lifecycle } = context;
  const admissionArn = admissionStateMachineArn(scope, config);
  const admitWaiting = createFunction(scope, ADMISSION_TASK, context, {
    description: 'Admits event trackers that wait to call Personalize, and learns the rate',
    environment: {
      STAGE: config.stage,
      ADMISSION_RATE: String(config.admissionRate),
      STATE_MACHINE_ARN: lifecycle.stateMachineArn,
      ADMISSION_STATE_MACHINE_ARN: admissionArn,
    },
  });
  const actions = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'];
  grantTable(admitWaiting, { ...context, actions, indexes: [DUE_INDEX] });
  grant(admitWaiting, { actions: ['states:StartExecution'], resources: [lifecycle.stateMachineArn, admissionArn] });
  const admissionStateMachine = stateMachine(scope, config, {
    prefix: 'Admission',
    name: ADMISSION,
    definition: admissionDefinition(`\${${ADMISSION_TASK}}`),
    functions: { [ADMISSION_TASK]: admitWaiting },
    key: context.logKey,
  });
  return { admitWaiting, admissionStateMachine };
}

interface StateMachineProps {
  /** Of the ids of the constructs. */
  readonly prefix: string;
  readonly name: string;
  /** With placeholders in place of the functions. */
  readonly definition: string;
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  /** The deployment's own key. */
  readonly key: IKey | undefined;
}

function stateMachine(
  scope: Construct,
  config: StackConfig,
  { prefix, name, definition, functions, key }: StateMachineProps,
): sfn.StateMachine {
  const stateMachineName = deployedName(config, name);
  const role = new Role(scope, `${prefix}StateMachineRole`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: `The role of ${stateMachineName}`,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: Object.values(functions).map(({ functionArn }) => functionArn),
    }),
  );
  acknowledgeWildcard(role, '*', 'Log delivery (logs:…LogDelivery…) and X-Ray support no resource-level permissions.');
  const machine = new sfn.StateMachine(scope, `${prefix}StateMachine`, {
    stateMachineName,
    stateMachineType: sfn.StateMachineType.STANDARD,
    role,
    definitionBody: sfn.DefinitionBody.fromString(definition),
    definitionSubstitutions: Object.fromEntries(
      Object.entries(functions).map(([task, { functionArn }]) => [task, functionArn]),
    ),
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(scope, `${prefix}StateMachineLogs`, {
        logGroupName: stateMachineLogsName(config, name),
        encryptionKey: key,
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: sfn.LogLevel.ALL,
      // The states pass only ids; a failed task's error stays in its own log.
      includeExecutionData: false,
    },
  });
  if (key) encryptStateMachine(machine, role, stateMachineArn(scope, stateMachineName), key);
  return machine;
}

/**
 * The execution histories and the definition, and log entries on their way. Does not use the construct's `encryptionConfiguration`, which
 * lets log delivery of every account use the key.
 */
function encryptStateMachine({ node }: sfn.StateMachine, role: Role, ownArn: string, key: IKey): void {
  if (!(node.defaultChild instanceof sfn.CfnStateMachine))
    throw new Error('The state machine has no CfnStateMachine to encrypt.');
  node.defaultChild.encryptionConfiguration = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: key.keyArn };
  const grantKey = (actions: string[], context: string, value: string) =>
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions,
        resources: [key.keyArn],
        conditions: { StringEquals: { [`kms:EncryptionContext:${context}`]: value } },
      }),
    );
  grantKey(['kms:Decrypt', 'kms:GenerateDataKey'], 'aws:states:stateMachineArn', ownArn);
  grantKey(['kms:GenerateDataKey'], 'SourceArn', logDeliverySource(role));
}
