import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { atPath, inTable, ONBOARDING, ONBOARDING_LIST, substituted } from '../../examples/onboarding/definition.ts';
import type { ReportRequest } from '../../examples/onboarding/report.ts';
import { createRequestEventTracker, type OnboardingRequest } from '../../examples/onboarding/request-event-tracker.ts';
import { signedBy } from '../../examples/onboarding/sign.ts';
import { FUNCTION_TIMEOUT_MS, functionArnOf, functionNameOf } from './handlers.ts';
import { ACCESS_KEYS, PLATFORM_ROLE } from './identity/access-keys.ts';
import { invokeAsLambda } from './lambda.ts';
import type { StateMachineSource } from './step-functions/service.ts';
import { dynamoDbIntegrations, lambdaInvoke, personalizeIntegrations } from './step-functions/service-integrations.ts';
import { ACCOUNT_ID, REGION, type WireService } from './wire.ts';

const REQUEST_EVENT_TRACKER = 'request-event-tracker';
const REPORT = 'onboarding-report';
const SUBSCRIBER = 'subscriber';
const TRACKING_IDS_TABLE_NAME = 'event-trackers-tracking-ids';
const REPORT_TABLE_NAME = 'event-trackers-onboarding';

/** The additions of `npm start -- --examples`. */
export interface Examples {
  readonly stateMachines: (services: ExampleServices) => readonly StateMachineSource[];
  readonly tables: readonly CreateTableCommandInput[];
  /** The functions that a rule can have as targets, by ARN. */
  readonly functions: Readonly<Record<string, (event: unknown) => Promise<unknown>>>;
}

/** The services that the state machines call. */
export interface ExampleServices {
  readonly personalize: WireService;
  readonly dynamodb: WireService;
}

export const NO_EXAMPLES: Examples = { stateMachines: () => [], tables: [], functions: {} };

/**
 * The onboarding state machines and the subscriber, with the same functions as on AWS. The function that requests trackers signs
 * as the local platform role.
 * @param apiUrl returns the URL of the API, which is unknown until its port is open
 * @param trackingIdPath where the deployment keeps the tracking IDs; without it, the subscriber keeps them in its table
 */
export function createExamples(apiUrl: () => string, trackingIdPath?: string): Examples {
  const requestEventTracker = createRequestEventTracker({
    url: () => `${apiUrl()}/platform/event-trackers`,
    authorize: signedBy({ region: REGION, credentials: platformKey() }),
  });
  const [requestArn, request] = lambda(REQUEST_EVENT_TRACKER, (event: OnboardingRequest) => requestEventTracker(event));
  const [reportArn, report] = lambda(REPORT, async (event: ReportRequest) => {
    process.env.REPORT_TABLE_NAME ||= REPORT_TABLE_NAME;
    // Loaded at the first call, because it reads the environment.
    const { handler } = await import('../../examples/onboarding/report-lambda.ts');
    return await handler(event);
  });
  const [subscriberArn, subscriber] = lambda(SUBSCRIBER, async (event: unknown) => {
    process.env.TRACKING_IDS_TABLE_NAME ||= TRACKING_IDS_TABLE_NAME;
    const { handler } = await import('../../examples/subscriber/lambda.ts');
    return await handler(event);
  });
  const substitutions = {
    RequestEventTracker: requestArn,
    Report: reportArn,
    ReportTable: REPORT_TABLE_NAME,
    PersonalizeArn: `arn:aws:personalize:${REGION}:${ACCOUNT_ID}`,
    TrackingIdIn: trackingIdPath === undefined ? inTable(TRACKING_IDS_TABLE_NAME) : atPath(trackingIdPath),
  };
  const invoke = lambdaInvoke({ [requestArn]: request, [reportArn]: report });
  return {
    stateMachines: ({ personalize, dynamodb }) =>
      Object.entries({
        'event-trackers-onboarding': ONBOARDING,
        'event-trackers-onboarding-list': ONBOARDING_LIST,
      }).map(([name, definition]) => ({
        name,
        definition: substituted(definition, substitutions),
        tasks: {
          ...personalizeIntegrations(personalize, PERSONALIZE_ACTIONS),
          ...dynamoDbIntegrations(dynamodb, ['putItem']),
          'arn:aws:states:::lambda:invoke': invoke,
        },
        callbackTasks: { 'arn:aws:states:::lambda:invoke.waitForTaskToken': invoke },
      })),
    tables: [
      {
        TableName: TRACKING_IDS_TABLE_NAME,
        AttributeDefinitions: [{ AttributeName: 'trackerId', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'trackerId', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
      {
        TableName: REPORT_TABLE_NAME,
        AttributeDefinitions: [
          { AttributeName: 'run', AttributeType: 'S' },
          { AttributeName: 'position', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'run', KeyType: 'HASH' },
          { AttributeName: 'position', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      },
    ],
    functions: { [subscriberArn]: subscriber },
  };
}

const PERSONALIZE_ACTIONS = [
  'describeDatasetGroup',
  'createDatasetGroup',
  'describeDataset',
  'createDataset',
  'createSchema',
];

/** A function by its ARN. */
function lambda<Event>(name: string, handler: (event: Event) => Promise<unknown>) {
  const options = { functionName: functionNameOf(name), timeoutMs: FUNCTION_TIMEOUT_MS, handler };
  return [functionArnOf(name), invokeAsLambda(options)] as const;
}

/** @throws if the local platform role has no access key */
function platformKey() {
  const key = ACCESS_KEYS.find(({ roleName }) => PLATFORM_ROLE.endsWith(`:role/${roleName}`));
  if (key === undefined) throw new Error(`${PLATFORM_ROLE} has no access key.`);
  return key;
}
