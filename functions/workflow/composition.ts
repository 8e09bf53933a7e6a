import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { REQUEST_HANDLER, trackerStore } from '../composition.ts';
import { deploymentName, isEnabled, lifecycleSettings, required } from '../environment.ts';
import { createEventBusGateway, type EventBusGateway } from '../gateways/event-bus.ts';
import { createTaskCallbackGateway, type TaskCallbackGateway } from '../gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway, type TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { runTask, type Task, type TaskDependencies, type TaskResult } from './task.ts';

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

/**
 * The Lambda function of a task. Each execution environment creates its clients at the first call. If the task throws, the state machine
 * retries or catches the error by its name.
 */
export function lambdaTask<Needs extends TaskDependencies>(
  task: Task<Needs>,
  gateways: () => Omit<Needs, keyof TaskDependencies>,
): (event: unknown) => Promise<TaskResult> {
  let tools: Needs | undefined;
  return async (event) => {
    tools ??= {
      store: trackerStore(),
      settings: lifecycleSettings(),
      now: Date.now,
      random: Math.random,
      log: createLog('event-trackers-workflow'),
      metrics: createMetrics(deploymentName()),
      heartbeats: taskHeartbeatGateway(),
      ...gateways(),
    } as Needs;
    return runTask(task, tools, event);
  };
}
