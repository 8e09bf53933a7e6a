import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addAlarms } from './alarms.ts';
import { createApi, createApiFunctions } from './api.ts';
import type { Bundles } from './bundle.ts';
import { createBus } from './bus.ts';
import type { StackConfig } from './config.ts';
import { addDashboard } from './dashboard.ts';
import { createKey } from './key.ts';
import { createScheduledFunctions, createSchedules } from './schedules.ts';
import { createSchemaRegistry } from './schema-registry.ts';
import type { StackResources } from './stack-resources.ts';
import { createSubscriberBuses } from './subscriber-buses.ts';
import { createTable, keyOfTable } from './table.ts';
import { createTrackingIds } from './tracking-ids.ts';
import { createAdmission, createStateMachine, createTasks } from './workflow.ts';

export type { StackResources } from './stack-resources.ts';

export interface EventTrackersProps extends StackProps {
  readonly config: StackConfig;
  readonly bundles: Bundles;
}

/** The service. Each part, with its grants, is in a file of its name. */
export class EventTrackersStack extends Stack {
  readonly parts: StackResources;

  constructor(scope: Construct, id: string, { config, bundles, ...props }: EventTrackersProps) {
    super(scope, id, props);
    const key = createKey(this, config);
    const table = createTable(this, config, key);
    const { bus, archive, deadLetters: busDeadLetters } = createBus(this, config, key);

    const context = { config, bundles, key: keyOfTable(this, config, key), table, logKey: key };
    const tasks = createTasks(this, { ...context, bus });
    const stateMachine = createStateMachine(this, config, tasks, key);

    const { admitWaiting, admissionStateMachine } = createAdmission(this, { ...context, lifecycle: stateMachine });

    const apiFunctions = createApiFunctions(this, { ...context, stateMachine });
    const api = createApi(this, config, apiFunctions, key);

    const scheduled = createScheduledFunctions(this, { ...context, stateMachine });
    const { schedules, deadLetters: scheduleDeadLetters } = createSchedules(this, config, scheduled, key);

    const trackingIds = createTrackingIds(this, { ...context, key, bus });

    const subscriberBuses = createSubscriberBuses(this, config, bus, key);

    this.parts = {
      config,
      key,
      table,
      functions: {
        ...apiFunctions,
        ...tasks,
        AdmitWaiting: admitWaiting,
        ...scheduled,
        ...trackingIds.functions,
      },
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
