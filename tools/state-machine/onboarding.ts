import { backOff, catchAll, invoke, TRACKING_ID_IN } from './onboarding-tasks.ts';
import { onboardTenant } from './onboarding-tenant.ts';

/**
 * The state machines of examples/onboarding, written once. `npm run state-machine` writes them as Amazon States Language JSON: one
 * onboards a tenant, the other a list of tenants, each by the same states. The CDK stack deploys these files and the local runtime runs
 * them; only the `${Placeholders}` differ.
 */

/** Onboards one tenant. */
export const ONBOARDING = {
  Comment:
    "Onboards a tenant: creates its dataset group, schema and Interactions dataset, requests its event tracker, waits until it is ACTIVE, and says where its tracking ID is. What exists already is used, so a second run changes nothing. Input: {tenantId, name, datasetGroup, schema?}; name is the event tracker's",
  StartAt: 'Start',
  States: {
    Start: {
      Type: 'Pass',
      Parameters: { 'run.$': '$$.Execution.Name', position: 0, 'tenant.$': '$' },
      Next: 'CheckInput',
    },
    ...onboardTenant({
      Comment: 'Continue your onboarding here',
      Type: 'Pass',
      Parameters: {
        'tenantId.$': '$.tenant.tenantId',
        status: 'ACTIVE',
        'trackerId.$': '$.eventTracker.trackerId',
        'eventTrackerArn.$': '$.eventTracker.eventTrackerArn',
        'trackingIdIn.$': TRACKING_ID_IN,
      },
      End: true,
    }),
  },
};

/** Onboards a list of tenants, each in an execution of its own, and reports. */
export const ONBOARDING_LIST = {
  Comment:
    'Onboards a list of tenants and reports. A second run continues what the first one did not finish. Input: {tenants: [{tenantId, name, datasetGroup, schema?}], maxConcurrency?, toleratedFailurePercentage?}',
  StartAt: 'CheckList',
  States: {
    CheckList: {
      Type: 'Choice',
      Choices: [{ Variable: '$.tenants', IsPresent: true, Next: 'ListDefaults' }],
      Default: 'InvalidList',
    },
    InvalidList: {
      Type: 'Fail',
      Error: 'INVALID_INPUT',
      Cause: 'The input needs tenants, the list of the tenants.',
    },
    ListDefaults: {
      Comment: 'Personalize allows few calls per second: more tenants in parallel only wait for each other',
      Type: 'Pass',
      Result: { maxConcurrency: 10, toleratedFailurePercentage: 10 },
      ResultPath: '$.defaults',
      Next: 'PrepareList',
    },
    PrepareList: {
      Type: 'Pass',
      Parameters: { 'list.$': 'States.JsonMerge($.defaults, $$.Execution.Input, false)' },
      Next: 'OnboardTenants',
    },
    OnboardTenants: {
      Comment:
        'The output of each execution is no longer than its item, so that the output of all is within 256 KiB if the list is. The report has the rest',
      Type: 'Map',
      Label: 'Tenants',
      ItemsPath: '$.list.tenants',
      ItemSelector: {
        'run.$': '$$.Execution.Name',
        'position.$': '$$.Map.Item.Index',
        'tenant.$': '$$.Map.Item.Value',
      },
      MaxConcurrencyPath: '$.list.maxConcurrency',
      ToleratedFailurePercentagePath: '$.list.toleratedFailurePercentage',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'CheckInput',
        States: onboardTenant({ Type: 'Pass', Parameters: { 'id.$': '$.eventTracker.trackerId' }, End: true }),
      },
      ResultPath: null,
      Catch: [catchAll('Report')],
      Next: 'Report',
    },
    Report: invoke(
      'Report',
      'Counts the outcomes and lists each failure with its code and remedy',
      { 'run.$': '$$.Execution.Name', 'tenants.$': '$.list.tenants' },
      {
        ResultSelector: { 'report.$': '$.Payload' },
        ResultPath: '$.reported',
        Retry: [{ ErrorEquals: ['States.ALL'], ...backOff(2, 60, 5) }],
        Next: 'WithinTolerance',
      },
    ),
    WithinTolerance: {
      Type: 'Choice',
      Choices: [{ Variable: '$.error', IsPresent: true, Next: 'TooManyFailed' }],
      Default: 'Reported',
    },
    Reported: { Type: 'Pass', InputPath: '$.reported.report', End: true },
    TooManyFailed: {
      Comment:
        'More tenants failed than tolerated: the rest was not started. The report is the result of the state Report',
      Type: 'Fail',
      ErrorPath: '$.error.Error',
      CausePath: '$.reported.report.summary',
    },
  },
};
