import type { Json } from './path-check.ts';

/** The longest history of one execution, its last event included (AWS: Step Functions quotas). */
export const MAX_EVENTS = 25_000;
/** The longest input, output and task result, in bytes of UTF-8 (AWS: Step Functions quotas). */
export const MAX_DATA_BYTES = 262_144;

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** How an execution ended. `output` is JSON text; `stopDate` in ms since the epoch. */
export interface Closure {
  readonly status: Exclude<Status, 'RUNNING'>;
  readonly stopDate: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** Details of an event: the name of their field in GetExecutionHistory, and what they say. */
export type Details = Readonly<Record<string, Readonly<Record<string, Json>>>>;
/** An event of a history; `timestamp` in ms since the epoch. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: number;
  readonly details?: Details;
}
/** An event before it has its place in a history. */
export type NewEvent = Pick<HistoryEvent, 'type' | 'details'>;

/** Fields without a value are left out, as AWS does. */
const present = (fields: Record<string, string | number | undefined>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string | number] => field[1] !== undefined),
  );

const whole = { truncated: false };

export const stateEntered = (type: string, name: string, input: string): NewEvent => ({
  type: `${type}StateEntered`,
  details: { stateEnteredEventDetails: { name, input, inputDetails: whole } },
});

export const stateExited = (type: string, name: string, output: string): NewEvent => ({
  type: `${type}StateExited`,
  details: { stateExitedEventDetails: { name, output, outputDetails: whole } },
});

export const executionStarted = (input: string, roleArn: string): NewEvent => ({
  type: 'ExecutionStarted',
  details: { executionStartedEventDetails: { input, inputDetails: whole, roleArn } },
});

/** The last event of a history. AWS names States.Timeout in this event only, not in DescribeExecution. */
export function executionEnded({ status, output, error, cause }: Closure): NewEvent {
  switch (status) {
    case 'SUCCEEDED':
      return {
        type: 'ExecutionSucceeded',
        details: { executionSucceededEventDetails: { output: output ?? 'null', outputDetails: whole } },
      };
    case 'FAILED':
      return { type: 'ExecutionFailed', details: { executionFailedEventDetails: present({ error, cause }) } };
    case 'TIMED_OUT':
      return { type: 'ExecutionTimedOut', details: { executionTimedOutEventDetails: { error: 'States.Timeout' } } };
    case 'ABORTED':
      return { type: 'ExecutionAborted', details: { executionAbortedEventDetails: present({ error, cause }) } };
  }
}

/** The events of one task call, in the words that AWS has for the kind of its resource. */
export interface TaskEvents {
  scheduled(input: string, timeoutInSeconds: number | undefined, heartbeatInSeconds: number | undefined): NewEvent;
  started(): NewEvent;
  /** A task that waits for its token: it was handed over, the answer is outstanding. */
  submitted(output: string): NewEvent;
  succeeded(output: string): NewEvent;
  failed(error: string, cause: string): NewEvent;
  timedOut(error?: string): NewEvent;
}

/**
 * @param resource a Lambda function's ARN (`LambdaFunction…` events) or a service integration such as
 *   `arn:aws:states:::lambda:invoke.waitForTaskToken` (`Task…` events with `resourceType` lambda, `resource` invoke.waitForTaskToken)
 */
export function taskEvents(resource: string, region: string): TaskEvents {
  if (/^arn:[^:]+:lambda:/.test(resource)) {
    const event = (happened: string, fields?: Record<string, Json>): NewEvent => ({
      type: `LambdaFunction${happened}`,
      ...(fields === undefined ? {} : { details: { [`lambdaFunction${happened}EventDetails`]: fields } }),
    });
    return {
      scheduled: (input, timeoutInSeconds) =>
        event('Scheduled', { ...present({ resource, input, timeoutInSeconds }), inputDetails: whole }),
      started: () => event('Started'),
      submitted: () => event('Submitted'),
      succeeded: (output) => event('Succeeded', { output, outputDetails: whole }),
      failed: (error, cause) => event('Failed', { error, cause }),
      timedOut: (error = 'States.Timeout') => event('TimedOut', { error }),
    };
  }
  const parts = resource.split(':');
  const service = { resourceType: parts.slice(5, -1).join(':'), resource: parts.at(-1) ?? resource };
  const event = (happened: string, fields: Record<string, Json> = {}): NewEvent => ({
    type: `Task${happened}`,
    details: { [`task${happened}EventDetails`]: { ...service, ...fields } },
  });
  return {
    scheduled: (parameters, timeoutInSeconds, heartbeatInSeconds) =>
      event('Scheduled', present({ region, parameters, timeoutInSeconds, heartbeatInSeconds })),
    started: () => event('Started'),
    submitted: (output) => event('Submitted', { output, outputDetails: whole }),
    succeeded: (output) => event('Succeeded', { output, outputDetails: whole }),
    failed: (error, cause) => event('Failed', { error, cause }),
    timedOut: (error = 'States.Timeout') => event('TimedOut', { error }),
  };
}
