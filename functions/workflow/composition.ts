import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { REQUEST_HANDLER, trackerStore } from '../composition.ts';
import { deploymentName, isEnabled, lifecycleSettings, required } from '../environment.ts';
import { personalizeGateways } from '../gateways/composition.ts';
import { createEventBusGateway, type EventBusGateway } from '../gateways/event-bus.ts';
import { createTaskCallbackGateway, type TaskCallbackGateway } from '../gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway, type TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
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

/** One short attempt: it must not delay a task, and the next task sends another. */
function taskHeartbeatGateway(): TaskHeartbeatGateway | undefined {
  return isEnabled('CALLBACKS')
    ? createTaskHeartbeatGateway(
        new SFNClient({ maxAttempts: 1, requestHandler: { ...REQUEST_HANDLER, requestTimeout: 3_000 } }),
      )
    : undefined;
}

/** What a task needs besides the dependencies of every task. */
type Gateways<Needs extends TaskDependencies> = Omit<Needs, keyof TaskDependencies>;

/**
 * The Lambda function of a task. Each execution environment creates its clients at the first call. If the task throws, the state machine
 * retries or catches the error by its name.
 * @param gateways called once per execution environment; returns the gateways for the record that a task works on
 */
export function lambdaTask<Needs extends TaskDependencies>(
  task: Task<Needs>,
  gateways: () => (record: EventTrackerRecord) => Gateways<Needs>,
): (event: unknown) => Promise<TaskResult> {
  let environment: { tools: TaskDependencies; gatewaysOf: (record: EventTrackerRecord) => Gateways<Needs> } | undefined;
  return async (event) => {
    environment ??= { tools: taskDependencies(), gatewaysOf: gateways() };
    const { tools, gatewaysOf } = environment;
    const ofItsRecord: Task<TaskDependencies> = (own, record, input) =>
      task({ ...own, ...gatewaysOf(record) } as Needs, record, input);
    return runTask(ofItsRecord, tools, event);
  };
}

/** The Lambda function of a task that calls Personalize, in the account and Region of its record. */
export function personalizeTask(task: Task<PersonalizeDependencies>): (event: unknown) => Promise<TaskResult> {
  return lambdaTask(task, () => {
    const personalizeOf = personalizeGateways();
    return (record) => ({ personalize: personalizeOf(record) });
  });
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
