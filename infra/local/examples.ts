import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { createRequestEventTracker, type OnboardingRequest } from '../../examples/onboarding/request-event-tracker.ts';
import { signedBy } from '../../examples/onboarding/sign.ts';
import { FUNCTION_TIMEOUT_MS, functionArnOf, functionNameOf } from './handlers.ts';
import { ACCESS_KEYS, PLATFORM_ROLE } from './identity/access-keys.ts';
import { invokeAsLambda } from './lambda.ts';
import type { StateMachineSource } from './step-functions/service.ts';
import { REGION } from './wire.ts';

const DEFINITION = join(import.meta.dirname, '../../examples/onboarding/onboarding.asl.json');
const INVOKE_AND_WAIT = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const REQUEST_EVENT_TRACKER = 'request-event-tracker';
const SUBSCRIBER = 'subscriber';
const TRACKING_IDS_TABLE_NAME = 'event-trackers-tracking-ids';

/** The additions of `npm start -- --examples`. */
export interface Examples {
  readonly stateMachines: readonly StateMachineSource[];
  readonly tables: readonly CreateTableCommandInput[];
  /** The functions that a rule can have as targets, by ARN. */
  readonly functions: Readonly<Record<string, (event: unknown) => Promise<unknown>>>;
}

export const NO_EXAMPLES: Examples = { stateMachines: [], tables: [], functions: {} };

/**
 * The onboarding state machine and the subscriber, with the same functions as on AWS. The function that requests trackers signs
 * as the local platform role.
 * @param apiUrl returns the URL of the API, which is unknown until its port is open
 */
export function createExamples(apiUrl: () => string): Examples {
  const requestEventTracker = createRequestEventTracker({
    url: () => `${apiUrl()}/platform/event-trackers`,
    authorize: signedBy({ region: REGION, credentials: platformKey() }),
  });
  const invoke = invokeAsLambda({
    functionName: functionNameOf(REQUEST_EVENT_TRACKER),
    timeoutMs: FUNCTION_TIMEOUT_MS,
    handler: (event: OnboardingRequest) => requestEventTracker(event),
  });
  const functionArn = functionArnOf(REQUEST_EVENT_TRACKER);
  const definition = readFileSync(DEFINITION, 'utf8').replaceAll(/\$\{RequestEventTracker\}/g, () => functionArn);
  return {
    stateMachines: [
      {
        name: 'event-trackers-onboarding',
        definition,
        tasks: {},
        callbackTasks: {
          [INVOKE_AND_WAIT]: async (parameters) => {
            const { Payload } = parameters as { Payload: unknown };
            return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: await invoke(Payload) };
          },
        },
      },
    ],
    tables: [
      {
        TableName: TRACKING_IDS_TABLE_NAME,
        AttributeDefinitions: [{ AttributeName: 'trackerId', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'trackerId', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    ],
    functions: {
      [functionArnOf(SUBSCRIBER)]: invokeAsLambda({
        functionName: functionNameOf(SUBSCRIBER),
        timeoutMs: FUNCTION_TIMEOUT_MS,
        handler: async (event: unknown) => {
          process.env.TRACKING_IDS_TABLE_NAME ||= TRACKING_IDS_TABLE_NAME;
          // Loaded at the first call, because it reads the environment.
          const { handler } = await import('../../examples/subscriber/lambda.ts');
          return handler(event);
        },
      }),
    },
  };
}

/** @throws if the local platform role has no access key */
function platformKey() {
  const key = ACCESS_KEYS.find(({ roleName }) => PLATFORM_ROLE.endsWith(`:role/${roleName}`));
  if (key === undefined) throw new Error(`${PLATFORM_ROLE} has no access key.`);
  return key;
}
