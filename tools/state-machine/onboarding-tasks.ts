/** How the states of onboarding-tenant.ts call services, and which errors they retry. */

/** Replaced when the state machine is deployed (examples/onboarding/definition.ts). */
export const placeholder = (name: string): string => `\${${name}}`;
const REPORT_TABLE = placeholder('ReportTable');
/** A path or an intrinsic function that gives the place of the tracking ID. */
export const TRACKING_ID_IN = placeholder('TrackingIdIn');
/** Personalize derives these ARNs from names. */
export const personalizeArn = (resource: string, path: string): string =>
  `States.Format('${placeholder('PersonalizeArn')}:${resource}', ${path})`;

/** Doubled delays with full jitter, in seconds. */
export const backOff = (first: number, longest: number, attempts: number) => ({
  IntervalSeconds: first,
  BackoffRate: 2,
  MaxDelaySeconds: longest,
  JitterStrategy: 'FULL',
  MaxAttempts: attempts,
});

/** Lambda did not run the function. */
export const RETRY_LAMBDA = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  ...backOff(2, 60, 8),
};
/** The function threw ServiceBusy: the API returned 429 or 5xx, or did not answer. A full jitter waits for 15 minutes on average. */
export const RETRY_API = [{ ErrorEquals: ['ServiceBusy'], ...backOff(2, 60, 30) }, RETRY_LAMBDA];
/**
 * Every call can be repeated: a creation then answers that the resource exists. LimitExceededException is a throttle, or the quota of dataset
 * groups. PersonalizeException is any error that the API's model does not have: a throttle, a server error, or a missing permission, which does
 * not pass.
 */
export const RETRY_PERSONALIZE = [
  { ErrorEquals: ['Personalize.LimitExceededException'], ...backOff(2, 60, 30) },
  { ErrorEquals: ['Personalize.PersonalizeException', 'Personalize.SdkClientException'], ...backOff(2, 60, 8) },
];
/** The dataset group, or a schema that was just created, may not be ready for a dataset yet. */
export const RETRY_NOT_READY = [
  {
    ErrorEquals: ['Personalize.ResourceInUseException', 'Personalize.ResourceNotFoundException'],
    ...backOff(2, 60, 5),
  },
];
const RETRY_WRITE = [{ ErrorEquals: ['States.TaskFailed'], ...backOff(1, 20, 8) }];

export const catchAll = (next: string) => ({ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: next });
export const EXISTS = 'Personalize.ResourceAlreadyExistsException';
export const NOT_FOUND = 'Personalize.ResourceNotFoundException';

export const personalize = (action: string, comment: string, parameters: object, rest: object) => ({
  Comment: comment,
  Type: 'Task',
  Resource: `arn:aws:states:::aws-sdk:personalize:${action}`,
  Parameters: parameters,
  Retry: RETRY_PERSONALIZE,
  ...rest,
});

export const invoke = (functionName: string, comment: string, payload: object, rest: object) => ({
  Comment: comment,
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: placeholder(functionName), Payload: payload },
  ...rest,
});

/** A failure of the onboarding itself. `remedy` is for the report. */
export const failure = (code: string, remedy: string) => ({
  Type: 'Pass',
  Result: { Error: code, Cause: remedy },
  ResultPath: '$.error',
  Next: 'RecordFailure',
});

/** One line of the report. It never holds a tracking ID. */
export const record = (comment: string, item: object, rest: object) => ({
  Comment: comment,
  Type: 'Task',
  Resource: 'arn:aws:states:::dynamodb:putItem',
  Parameters: {
    TableName: REPORT_TABLE,
    Item: {
      run: { 'S.$': '$.run' },
      // Entries of a list can have the same dataset group, or a name that no key can hold.
      position: { 'N.$': "States.Format('{}', $.position)" },
      datasetGroup: { 'S.$': '$.tenant.datasetGroup' },
      tenantId: { 'S.$': '$.tenant.tenantId' },
      name: { 'S.$': '$.tenant.name' },
      ...item,
    },
  },
  ResultPath: null,
  Retry: RETRY_WRITE,
  ...rest,
});
