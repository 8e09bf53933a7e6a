import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { admissionStore, REQUEST_HANDLER, taskHeartbeatGateway, trackerStore } from '../composition.ts';
import { deploymentName, isEnabled, lifecycleSettings, required } from '../environment.ts';
import { personalizeGateways } from '../gateways/composition.ts';
import { createEventBusGateway, type EventBusGateway } from '../gateways/event-bus.ts';
import type { GovernorGateway } from '../gateways/governors.ts';
import { createTaskCallbackGateway, type TaskCallbackGateway } from '../gateways/task-callbacks.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
// Loaded at the initialization: each invocation reads records.
import '../store/record-of-item.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { type PersonalizeDependencies, runTask, type Task, type TaskDependencies, type TaskResult } from './task.ts';

export function eventBusGateway(): EventBusGateway {
  return createEventBusGateway(new EventBridgeClient({ requestHandler: REQUEST_HANDLER }), required('EVENT_BUS_NAME'));
}

/** Two attempts per call: what was not delivered by then stays in the outbox for a later round. */
export function taskCallbackGateway(): TaskCallbackGateway | undefined {
  return isEnabled('CALLBACKS')
    ? createTaskCallbackGateway(new SFNClient({ maxAttempts: 2, requestHandler: REQUEST_HANDLER }))
    : undefined;
}

/** What a task needs besides the dependencies of every task. */
type Gateways<Needs extends TaskDependencies> = Omit<Needs, keyof TaskDependencies>;

/**
 * The Lambda function of a task. Each execution environment creates its clients at the first call. If the task throws, the state machine
 * retries or catches the error by its name.
 * @param gateways called once per execution environment; returns the gateways for the record that a task works on
 * @param more of the dependencies that not every task has; called once per execution environment
 */
export function lambdaTask<Needs extends TaskDependencies>(
  task: Task<Needs>,
  gateways: () => (record: EventTrackerRecord) => Gateways<Needs>,
  more: () => Partial<TaskDependencies> = () => ({}),
): (event: unknown) => Promise<TaskResult> {
  let environment: { tools: TaskDependencies; gatewaysOf: (record: EventTrackerRecord) => Gateways<Needs> } | undefined;
  return async (event) => {
    environment ??= { tools: { ...taskDependencies(), ...more() }, gatewaysOf: gateways() };
    const { tools, gatewaysOf } = environment;
    const ofItsRecord: Task<TaskDependencies> = (own, record, input) =>
      task({ ...own, ...gatewaysOf(record) } as Needs, record, input);
    return runTask(ofItsRecord, tools, event);
  };
}

/**
 * The Lambda function of a task that calls Personalize, in the account and Region of its record, paced by admission.
 * @param governors for the task that makes trackers wait
 */
export function personalizeTask(
  task: Task<PersonalizeDependencies>,
  governors?: () => GovernorGateway,
): (event: unknown) => Promise<TaskResult> {
  const admission = () => ({ admissions: admissionStore(), ...(governors && { governors: governors() }) });
  return lambdaTask(
    task,
    () => {
      const personalizeOf = personalizeGateways();
      return (record) => ({ personalize: personalizeOf(record) });
    },
    () => ({ admission: admission() }),
  );
}

function taskDependencies(): TaskDependencies {
  const heartbeats = taskHeartbeatGateway();
  return {
    store: trackerStore(),
    settings: lifecycleSettings(),
    now: Date.now,
    random: Math.random,
    log: createLog('event-trackers-workflow'),
    metrics: createMetrics(deploymentName()),
    ...(heartbeats && { heartbeats }),
  };
}
