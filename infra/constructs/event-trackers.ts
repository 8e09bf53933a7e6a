import { CfnOutput } from 'aws-cdk-lib';
import type { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { addAlarms } from '../aws/alarms.ts';
import { createApi, createApiFunctions } from '../aws/api.ts';
import { createBus } from '../aws/bus.ts';
import type { FunctionFolders } from '../aws/code.ts';
import { parseConfig, type StackConfig } from '../aws/config.ts';
import { addDashboard } from '../aws/dashboard.ts';
import { createKey } from '../aws/key.ts';
import { createScheduledFunctions, createSchedules } from '../aws/schedules.ts';
import { createSchemaRegistry } from '../aws/schema-registry.ts';
import type { StackResources } from '../aws/stack-resources.ts';
import { createSubscriberBuses } from '../aws/subscriber-buses.ts';
import { createTable, keyOfTable } from '../aws/table.ts';
import { createTrackingIds } from '../aws/tracking-ids.ts';
import { createAdmission, createStateMachine, createTasks } from '../aws/workflow.ts';
import type { EventTrackersProps, EventTrackersResources } from './event-trackers-props.ts';
import { packagedFunctions } from './packaged-functions.ts';

/** Settings that have been validated, in place of the settings. */
interface ValidatedProps extends EventTrackersResources {
  readonly config: StackConfig;
}

/** Without those that are undefined, which count as not set. */
const given = (settings: object): object =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/**
 * The provisioning service for Amazon Personalize event trackers: API, state machine, table, event bus, sweeper and drift check, alarms and a
 * dashboard. Each part, with its grants, is in a file of its name.
 * @throws ConfigError with all settings that break a rule
 */
export class EventTrackers extends Construct {
  /** Names the deployment. */
  readonly stage: string;
  /** The URL of the API, without a path. */
  readonly apiUrl: string;
  readonly api: HttpApi;
  /** The domain of the API, if it has one of its own. */
  readonly apiDomain?: DomainName;
  /** Platform roles need `execute-api:Invoke` on this ARN. Absent without platform roles. */
  readonly platformInvokeArn?: string;
  /** The bus of the events. */
  readonly bus: IEventBus;
  /** The table of the records: retained when the construct is removed. */
  readonly table: ITable;
  readonly stateMachine: StateMachine;
  /** All alarms notify it, also when they end. */
  readonly alarmTopic: ITopic;
  /** The functions by name, such as `api-read` or `Observe`. */
  readonly functions: Readonly<Record<string, IFunction>>;
  /** The key that encrypts the data, if it is not one of AWS. */
  readonly key?: IKey;
  /** @internal */
  readonly parts: StackResources;

  constructor(scope: Construct, id: string, props: EventTrackersProps);
  /** @internal */
  constructor(scope: Construct, id: string, props: ValidatedProps);
  constructor(scope: Construct, id: string, props: EventTrackersProps | ValidatedProps) {
    super(scope, id);
    const { bus: givenBus, encryptionKey, permissionsBoundary, domain, network, functionFolders, ...settings } = props;
    const config = 'config' in settings ? settings.config : parseConfig(given(settings), `${this.node.path}`);
    if (permissionsBoundary) PermissionsBoundary.of(this).apply(permissionsBoundary);
    const key = createKey(this, config, encryptionKey);
    const table = createTable(this, config, key);
    const { bus, archive, deadLetters: busDeadLetters } = givenBus ? { bus: givenBus } : createBus(this, config, key);

    const bundles = (functionFolders as FunctionFolders | undefined) ?? packagedFunctions();
    const context = { config, bundles, network, key: keyOfTable(this, config, key), table, logKey: key };
    const tasks = createTasks(this, { ...context, bus });
    const stateMachine = createStateMachine(this, config, tasks, key);

    const { admitWaiting, admissionStateMachine } = createAdmission(this, { ...context, lifecycle: stateMachine });

    const apiFunctions = createApiFunctions(this, { ...context, stateMachine });
    const { url, domain: apiDomain, platformInvokeArn, ...api } = createApi(this, config, apiFunctions, key, domain);

    const scheduled = createScheduledFunctions(this, { ...context, stateMachine });
    const { schedules, deadLetters: scheduleDeadLetters } = createSchedules(this, config, scheduled, key);

    const trackingIds = createTrackingIds(this, { ...context, key, bus });

    const subscriberBuses = createSubscriberBuses(this, config, bus, key);

    this.parts = {
      config,
      key,
      table,
      functions: { ...apiFunctions, ...tasks, AdmitWaiting: admitWaiting, ...scheduled, ...trackingIds.functions },
      stateMachine,
      admissionStateMachine,
      ...api,
      bus,
      subscriberBuses,
      archive,
      queues: { bus: busDeadLetters, schedules: scheduleDeadLetters, trackingIds: trackingIds.deadLetters },
      schedules,
    };

    const alarmTopic = addAlarms(this, this.parts);
    addDashboard(this, this.parts);
    createSchemaRegistry(this, config);

    this.stage = config.stage;
    this.apiUrl = url;
    this.api = api.httpApi;
    this.apiDomain = apiDomain;
    this.platformInvokeArn = platformInvokeArn;
    this.bus = bus;
    this.table = table;
    this.stateMachine = stateMachine;
    this.alarmTopic = alarmTopic;
    this.functions = this.parts.functions;
    this.key = key;

    new CfnOutput(this, 'TableName', { value: table.tableName, description: 'The table of the records' });
    new CfnOutput(this, 'StateMachineArn', {
      value: stateMachine.stateMachineArn,
      description: 'The state machine event-tracker-lifecycle',
    });
    new CfnOutput(this, 'BusName', { value: bus.eventBusName, description: 'The event bus' });
    new CfnOutput(this, 'BusArn', {
      value: bus.eventBusArn,
      description: 'The event bus, for EventTrackerSubscriber in other stacks',
    });
    new CfnOutput(this, 'AlarmTopicArn', {
      value: alarmTopic.topicArn,
      description: 'The SNS topic that the alarms notify',
    });
  }
}
