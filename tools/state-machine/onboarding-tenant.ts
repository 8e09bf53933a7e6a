import {
  backOff,
  catchAll,
  EXISTS,
  failure,
  invoke,
  NOT_FOUND,
  personalize,
  personalizeArn,
  placeholder,
  RETRY_API,
  RETRY_LAMBDA,
  RETRY_NOT_READY,
  RETRY_PERSONALIZE,
  record,
  TRACKING_ID_IN,
} from './onboarding-tasks.ts';

/** The states that onboard one tenant, for both state machines of onboarding.ts. */

/** Personalize's schema for interactions, with the fields that it requires. */
const INTERACTIONS_SCHEMA = {
  type: 'record',
  name: 'Interactions',
  namespace: 'com.amazonaws.personalize.schema',
  fields: [
    { name: 'USER_ID', type: 'string' },
    { name: 'ITEM_ID', type: 'string' },
    { name: 'TIMESTAMP', type: 'long' },
  ],
  version: '1.0',
};

/** Between two polls of a dataset group, and how often it is polled: half an hour. */
const POLL_SECONDS = 5;
const MAX_POLLS = 360;

/** The minimum with which heartbeats also survive a crash of the service's execution (docs/onboarding.md). */
const HEARTBEAT_SECONDS = 600;
/** More than the service's three deadlines of 30 minutes, and half an hour of throttling. */
const TIMEOUT_SECONDS = 7200;

const request = {
  'tenantId.$': '$.tenant.tenantId',
  'name.$': '$.tenant.name',
  'datasetGroupArn.$': '$.datasetGroupArn',
};

const isText = (field: string) => ({
  And: [
    { Variable: `$.tenant.${field}`, IsPresent: true },
    { Variable: `$.tenant.${field}`, IsString: true },
  ],
});

/**
 * The states that onboard one tenant. The input is `{run, position, tenant: {tenantId, name, datasetGroup, schema?}}`; `run` and `position` name
 * the line of the report.
 * @param onboarded the last state, which makes the result
 */
export const onboardTenant = (onboarded: object) => ({
  CheckInput: {
    Type: 'Choice',
    Choices: [
      {
        And: ['tenantId', 'name', 'datasetGroup'].map(isText),
        Next: 'Defaults',
      },
    ],
    Default: 'InvalidInput',
  },
  InvalidInput: {
    Type: 'Fail',
    Error: 'INVALID_INPUT',
    Cause: 'A tenant needs tenantId, name and datasetGroup, each a text.',
  },
  Defaults: {
    Type: 'Pass',
    Result: { schema: 'event-trackers-interactions' },
    ResultPath: '$.defaults',
    Next: 'Prepare',
  },
  Prepare: {
    Type: 'Pass',
    Parameters: {
      'run.$': '$.run',
      'position.$': '$.position',
      'tenant.$': 'States.JsonMerge($.defaults, $.tenant, false)',
      'datasetGroupArn.$': personalizeArn('dataset-group/{}', '$.tenant.datasetGroup'),
      'datasetArn.$': personalizeArn('dataset/{}/INTERACTIONS', '$.tenant.datasetGroup'),
      created: { datasetGroup: { created: false }, dataset: { created: false } },
      polls: { count: 0 },
    },
    Next: 'CheckSchema',
  },
  CheckSchema: {
    Type: 'Choice',
    Choices: [
      {
        And: [
          { Variable: '$.tenant.schema', IsString: true },
          { Not: { Variable: '$.tenant.schema', StringEquals: '' } },
        ],
        Next: 'CheckRequest',
      },
    ],
    Default: 'InvalidSchema',
  },
  InvalidSchema: failure('INVALID_INPUT', "A tenant's schema must be the name of a schema, or left out."),
  CheckRequest: invoke(
    'RequestEventTracker',
    'A dry run: what the API would refuse ends the onboarding before anything is created in Personalize. It reads Personalize, so a throttle can fail it for long; the onboarding then goes on without it',
    { ...request, dryRun: true },
    {
      ResultSelector: {
        'accepted.$': '$.Payload.accepted',
        'outcome.$': '$.Payload.outcome',
        'error.$': '$.Payload.error',
      },
      ResultPath: '$.check',
      Retry: [{ ErrorEquals: ['ServiceBusy'], ...backOff(2, 20, 3) }, RETRY_LAMBDA],
      Catch: [{ ErrorEquals: ['ServiceBusy'], ResultPath: null, Next: 'Unchecked' }, catchAll('ReadCause')],
      Next: 'IsAccepted',
    },
  ),
  Unchecked: {
    Type: 'Pass',
    Result: { accepted: true, outcome: 'UNCHECKED' },
    ResultPath: '$.check',
    Next: 'DescribeDatasetGroup',
  },
  IsAccepted: {
    Type: 'Choice',
    Choices: [{ Variable: '$.check.accepted', BooleanEquals: true, Next: 'DescribeDatasetGroup' }],
    Default: 'Refused',
  },
  Refused: { Type: 'Pass', InputPath: '$.check.error', ResultPath: '$.error', Next: 'RecordFailure' },

  DescribeDatasetGroup: personalize(
    'describeDatasetGroup',
    'Describes before it creates: a second run of the same tenant needs no quota',
    { 'DatasetGroupArn.$': '$.datasetGroupArn' },
    {
      ResultSelector: { 'status.$': '$.DatasetGroup.Status' },
      ResultPath: '$.datasetGroup',
      Catch: [{ ErrorEquals: [NOT_FOUND], ResultPath: null, Next: 'CreateDatasetGroup' }, catchAll('RecordFailure')],
      Next: 'DatasetGroupStatus',
    },
  ),
  CreateDatasetGroup: personalize(
    'createDatasetGroup',
    'Another execution may have created it meanwhile',
    { 'Name.$': '$.tenant.datasetGroup' },
    {
      ResultSelector: { created: true },
      ResultPath: '$.created.datasetGroup',
      Catch: [{ ErrorEquals: [EXISTS], ResultPath: null, Next: 'CountPoll' }, catchAll('RecordFailure')],
      Next: 'CountPoll',
    },
  ),
  DatasetGroupStatus: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.datasetGroup.status', StringEquals: 'ACTIVE', Next: 'DescribeDataset' },
      { Variable: '$.datasetGroup.status', StringEquals: 'CREATE PENDING', Next: 'CountPoll' },
      { Variable: '$.datasetGroup.status', StringEquals: 'CREATE IN_PROGRESS', Next: 'CountPoll' },
    ],
    Default: 'DatasetGroupNotActive',
  },
  DatasetGroupNotActive: failure(
    'DATASET_GROUP_NOT_ACTIVE',
    'The dataset group is CREATE FAILED or is being deleted. Delete it, or wait until it is deleted, and onboard the tenant again.',
  ),
  CountPoll: {
    Type: 'Pass',
    Parameters: { 'count.$': 'States.MathAdd($.polls.count, 1)' },
    ResultPath: '$.polls',
    Next: 'PollsLeft',
  },
  PollsLeft: {
    Type: 'Choice',
    Choices: [{ Variable: '$.polls.count', NumericGreaterThan: MAX_POLLS, Next: 'DatasetGroupNotInTime' }],
    Default: 'WaitBeforeNextPoll',
  },
  DatasetGroupNotInTime: failure(
    'DATASET_GROUP_NOT_IN_TIME',
    'The dataset group was not ACTIVE in time. It remains: onboard the tenant again to continue with it.',
  ),
  WaitBeforeNextPoll: { Type: 'Wait', Seconds: POLL_SECONDS, Next: 'DescribeDatasetGroup' },

  DescribeDataset: personalize(
    'describeDataset',
    'Its status does not matter here: the service waits for the dataset, and its failure has a code of the service',
    { 'DatasetArn.$': '$.datasetArn' },
    {
      ResultSelector: { 'schemaArn.$': '$.Dataset.SchemaArn' },
      ResultPath: '$.dataset',
      Catch: [{ ErrorEquals: [NOT_FOUND], ResultPath: null, Next: 'CreateSchema' }, catchAll('RecordFailure')],
      Next: 'ExpectedSchema',
    },
  ),
  ExpectedSchema: {
    Type: 'Pass',
    Parameters: { 'arn.$': personalizeArn('schema/{}', '$.tenant.schema') },
    ResultPath: '$.expectedSchema',
    Next: 'HasExpectedSchema',
  },
  HasExpectedSchema: {
    Type: 'Choice',
    Choices: [
      { Variable: '$.dataset.schemaArn', StringEqualsPath: '$.expectedSchema.arn', Next: 'RequestEventTracker' },
    ],
    Default: 'OtherSchema',
  },
  OtherSchema: failure(
    'INTERACTIONS_DATASET_HAS_ANOTHER_SCHEMA',
    "The Interactions dataset exists with another schema. Set the tenant's schema to the name of that one, or delete the dataset.",
  ),
  CreateSchema: personalize(
    'createSchema',
    'All tenants share a schema: an account can have few. It can not be changed, so one that exists is used as it is',
    { 'Name.$': '$.tenant.schema', Schema: JSON.stringify(INTERACTIONS_SCHEMA) },
    {
      ResultPath: null,
      Catch: [{ ErrorEquals: [EXISTS], ResultPath: null, Next: 'CreateDataset' }, catchAll('RecordFailure')],
      Next: 'CreateDataset',
    },
  ),
  CreateDataset: personalize(
    'createDataset',
    'If another execution has created it meanwhile, its schema is checked',
    {
      'Name.$': '$.tenant.datasetGroup',
      DatasetType: 'Interactions',
      'DatasetGroupArn.$': '$.datasetGroupArn',
      'SchemaArn.$': personalizeArn('schema/{}', '$.tenant.schema'),
    },
    {
      ResultSelector: { created: true },
      ResultPath: '$.created.dataset',
      Retry: [...RETRY_PERSONALIZE, ...RETRY_NOT_READY],
      Catch: [{ ErrorEquals: [EXISTS], ResultPath: null, Next: 'CountPoll' }, catchAll('RecordFailure')],
      Next: 'RequestEventTracker',
    },
  ),

  RequestEventTracker: {
    Comment:
      'The function passes the task token to the API, and the service completes the task when the outcome is known. The request waits for the dataset (waitForDatasetGroup). A retry, or another execution, joins it. HeartbeatSeconds equals heartbeatSeconds of the request: if the service is down, the task fails within ten minutes',
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: {
      FunctionName: placeholder('RequestEventTracker'),
      Payload: { ...request, 'taskToken.$': '$$.Task.Token', heartbeatSeconds: HEARTBEAT_SECONDS },
    },
    ResultPath: '$.eventTracker',
    TimeoutSeconds: TIMEOUT_SECONDS,
    HeartbeatSeconds: HEARTBEAT_SECONDS,
    Retry: RETRY_API,
    Catch: [
      { ErrorEquals: ['States.HeartbeatTimeout'], ResultPath: '$.error', Next: 'ServiceSilent' },
      { ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'NotInTime' },
      catchAll('ReadCause'),
    ],
    Next: 'RecordActive',
  },
  ServiceSilent: failure(
    'SERVICE_SILENT',
    'The event tracker service sent no heartbeat for ten minutes. The request remains: onboard the tenant again to join it.',
  ),
  NotInTime: failure(
    'NOT_IN_TIME',
    'The outcome was not known in time. The request remains, and the tracker may still become ACTIVE: onboard the tenant again to join it.',
  ),
  ReadCause: {
    Comment: "The cause of a function's error is JSON; that of the service is a sentence",
    Type: 'Choice',
    Choices: [{ Variable: '$.error.Cause', StringMatches: '*"errorMessage"*', Next: 'ParseCause' }],
    Default: 'RecordFailure',
  },
  ParseCause: {
    Type: 'Pass',
    Parameters: { 'Error.$': '$.error.Error', 'Cause.$': 'States.StringToJson($.error.Cause)' },
    ResultPath: '$.error',
    Next: 'ErrorOfFunction',
  },
  ErrorOfFunction: {
    Type: 'Pass',
    Parameters: { 'Error.$': '$.error.Error', 'Cause.$': '$.error.Cause.errorMessage' },
    ResultPath: '$.error',
    Next: 'RecordFailure',
  },

  RecordActive: record(
    'The tracking ID goes to the subscribers of the event, never through an execution',
    {
      status: { S: 'ACTIVE' },
      outcome: { 'S.$': '$.check.outcome' },
      datasetGroupCreated: { 'BOOL.$': '$.created.datasetGroup.created' },
      datasetCreated: { 'BOOL.$': '$.created.dataset.created' },
      trackerId: { 'S.$': '$.eventTracker.trackerId' },
      eventTrackerArn: { 'S.$': '$.eventTracker.eventTrackerArn' },
      trackingIdIn: { 'S.$': TRACKING_ID_IN },
    },
    { Next: 'Onboarded' },
  ),
  Onboarded: onboarded,
  RecordFailure: record(
    'The failure is the result of the execution even if it can not be recorded',
    { status: { S: 'FAILED' }, code: { 'S.$': '$.error.Error' }, remedy: { 'S.$': '$.error.Cause' } },
    { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'OnboardingFailed' }], Next: 'OnboardingFailed' },
  ),
  OnboardingFailed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
});
