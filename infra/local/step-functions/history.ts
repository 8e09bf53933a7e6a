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
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** The details of an event, by the name of their field in GetExecutionHistory. Fields that are undefined are absent there, as on AWS. */
export type Details = Readonly<Record<string, Readonly<Record<string, Json | undefined>>>>;
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
      return { type: 'ExecutionFailed', details: { executionFailedEventDetails: { error, cause } } };
    case 'TIMED_OUT':
      return { type: 'ExecutionTimedOut', details: { executionTimedOutEventDetails: { error: 'States.Timeout' } } };
    case 'ABORTED':
      return { type: 'ExecutionAborted', details: { executionAbortedEventDetails: { error, cause } } };
  }
}

/**
 * The events of one task call, as AWS names them for its resource.
 * @param resource a Lambda function's ARN (`LambdaFunction…` events) or a service integration such as
 *   `arn:aws:states:::lambda:invoke.waitForTaskToken` (`Task…` events with `resourceType` lambda, `resource` invoke.waitForTaskToken)
 */
export function taskEvents(resource: string, region: string) {
  const isLambda = /^arn:[^:]+:lambda:/.test(resource);
  const parts = resource.split(':');
  const service = isLambda ? {} : { resourceType: parts.slice(5, -1).join(':'), resource: parts.at(-1) ?? resource };
  const event = (happened: string, fields: Record<string, Json | undefined> = {}): NewEvent => {
    const name = `${isLambda ? 'LambdaFunction' : 'Task'}${happened}`;
    const details = { ...service, ...fields };
    if (Object.keys(details).length === 0) return { type: name };
    return { type: name, details: { [`${name.charAt(0).toLowerCase()}${name.slice(1)}EventDetails`]: details } };
  };
  return {
    scheduled(input: string, timeoutInSeconds: number | undefined, heartbeatInSeconds: number | undefined): NewEvent {
      const call = isLambda
        ? { resource, input, inputDetails: whole }
        : { region, parameters: input, heartbeatInSeconds };
      return event('Scheduled', { ...call, timeoutInSeconds });
    },
    started: () => event('Started'),
    /** A task that waits for its token: it was handed over, its result is outstanding. */
    submitted: (output: string) => event('Submitted', { output, outputDetails: whole }),
    succeeded: (output: string) => event('Succeeded', { output, outputDetails: whole }),
    failed: (error: string, cause: string) => event('Failed', { error, cause }),
    timedOut: (error = 'States.Timeout') => event('TimedOut', { error }),
  };
}
/** The events of a distributed Map state in the execution that runs it. */
export const mapRunEvents = (mapRunArn: string) => ({
  started: { type: 'MapRunStarted', details: { mapRunStartedEventDetails: { mapRunArn } } },
  succeeded: { type: 'MapRunSucceeded' },
  failed: (error: string, cause: string): NewEvent => ({
    type: 'MapRunFailed',
    details: { mapRunFailedEventDetails: { error, cause } },
  }),
});
export type TaskEvents = ReturnType<typeof taskEvents>;
