import { deployedFeatures, deployedTenancy } from '../../functions/api/composition.ts';
import type { Features } from '../../functions/api/features.ts';
import type { Privilege } from '../../functions/api/routes.ts';
import { createAudience } from '../../functions/authorizer/audience.ts';
import {
  admissionRate,
  authorizerSettings,
  connectTimeoutMs,
  lifecycleSettings,
  operationsIntervalMs,
  recreateMissing,
  repairTags,
  retriesPerMinute,
} from '../../functions/environment.ts';
import { UsageError } from '../command-line.ts';
import { FUNCTION_TIMEOUT_SECONDS } from '../longest-silence.ts';
import { TASKS, type TaskName } from '../state-machine.ts';
import { functionsKeyOf } from './iam/callers.ts';
import { PLATFORM_ROLE } from './identity/access-keys.ts';
import { AUDIENCE, ISSUER } from './identity/keys.ts';
import { ACCOUNT_ID, REGION } from './wire.ts';

export const TABLE_NAME = 'event-trackers';
export const EVENT_BUS_NAME = 'event-trackers';
export const STATE_MACHINE_NAME = 'event-tracker-lifecycle';
export const ADMISSION_STATE_MACHINE_NAME = 'event-tracker-admission';

/** The timeout of a function, as deployed, in milliseconds. */
export const FUNCTION_TIMEOUT_MS = FUNCTION_TIMEOUT_SECONDS * 1000;

export const functionNameOf = (task: string): string => `event-trackers-${task}`;
export const functionArnOf = (task: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionNameOf(task)}`;

/**
 * Time settings with shorter values than on AWS; the environment overrides them. The lease is the same as on AWS, because a
 * starting runtime resumes all unfinished records without waiting for their leases.
 */
export const LOCAL_SECONDS = { CREATE_IN_FLIGHT_SECONDS: '15', CONNECT_SECONDS: '8' } as const;
/** Operations have their turn as often as the scheduler runs them; the simulator has no rate limit. */
export const LOCAL_OPERATIONS = { RETRIES_PER_MINUTE: '600', OPERATIONS_INTERVAL_SECONDS: '5' } as const;
/** The simulator has no throttle unless a script sets one, so that hardly a tracker waits for admission. */
const LOCAL_ADMISSION = { ADMISSION_RATE: '200' } as const;
/** The user reads the log in the terminal, so it has only warnings and errors, and no CloudWatch metrics. */
const LOCAL_LOG = { POWERTOOLS_LOG_LEVEL: 'WARN', POWERTOOLS_METRICS_DISABLED: 'true' } as const;

/**
 * Sets the environment of the functions for this process, before any of them is loaded. Removes AWS settings of the caller that
 * would lead a handler to another endpoint or account (a profile, an endpoint, a session).
 */
export function setFunctionEnvironment(
  awsUrl: string,
  {
    deployment,
    features,
    accounts,
  }: { readonly deployment: string; readonly features: Features; readonly accounts?: string | undefined },
): void {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_(?!REGION$)/.test(name)) delete process.env[name];
  }
  const set = {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: functionsKeyOf(deployment),
    AWS_SECRET_ACCESS_KEY: 'local',
    // Files that do not exist, so that the user's AWS configuration has no effect.
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
    ACCOUNT_ID,
    // Empty: none. One of the caller's environment must not reach the functions.
    ACCOUNTS_FILE: accounts ?? '',
    TABLE_NAME,
    EVENT_BUS_NAME,
    STAGE: deployment,
    ISSUER,
    // The issuer's name does not depend on the port, its address does.
    OPENID_CONFIGURATION_URL: `${awsUrl}/_issuer/.well-known/openid-configuration`,
    STATE_MACHINE_ARN: `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${STATE_MACHINE_NAME}`,
    ADMISSION_STATE_MACHINE_ARN: `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${ADMISSION_STATE_MACHINE_NAME}`,
  };
  Object.assign(process.env, set, environmentOf(features));
  if (!process.env.AUDIENCE_PATTERN) process.env.AUDIENCE ||= AUDIENCE;
  if (features.platformRoles) process.env.PLATFORM_ROLES ||= PLATFORM_ROLE;
  for (const [name, value] of Object.entries({
    ...LOCAL_SECONDS,
    ...LOCAL_OPERATIONS,
    ...LOCAL_ADMISSION,
    ...LOCAL_LOG,
  })) {
    process.env[name] ||= value;
  }
}

/** The same variables as in infra/aws/api.ts. An empty variable counts as unset. */
function environmentOf(features: Features): Record<string, string> {
  const state = (isEnabled: boolean) => (isEnabled ? 'enabled' : 'disabled');
  return {
    EVENTS: state(features.events),
    CALLBACKS: state(features.callbacks),
    DESTROY_ADOPTED: state(features.destroyAdopted),
    PREFER_WAIT_SECONDS: String(features.preferWaitSeconds),
    MAX_UNFINISHED_PER_TENANT: String(features.maxUnfinishedPerTenant ?? ''),
    ...(!features.platformRoles && { PLATFORM_ROLES: '' }),
  };
}

/** The levels of Powertools' logger. */
const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT'];

/** Checks at startup what the functions read only at their first request. @throws UsageError that names the variable and its rule */
export function checkFunctionEnvironment(): void {
  try {
    lifecycleSettings();
    admissionRate();
    connectTimeoutMs();
    recreateMissing();
    repairTags();
    retriesPerMinute();
    operationsIntervalMs();
    deployedFeatures(deployedTenancy());
    const { audience, audiencePattern } = authorizerSettings();
    createAudience(audience, audiencePattern);
  } catch (error) {
    if (error instanceof Error && error.name === 'Error') throw new UsageError(error.message);
    throw error;
  }
  const level = process.env.POWERTOOLS_LOG_LEVEL ?? '';
  if (!LOG_LEVELS.includes(level.toUpperCase())) {
    throw new UsageError(
      `The environment variable POWERTOOLS_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${level}".`,
    );
  }
}

/** Loads the Lambda functions. They read the environment, so set it first. */
export async function loadHandlers() {
  const [write, read, events, sweep, drift, operations, admitWaiting, ...tasks] = await Promise.all([
    import('../../functions/api/write.lambda.ts'),
    import('../../functions/api/read.lambda.ts'),
    import('../../functions/api/events.lambda.ts'),
    import('../../functions/sweep/sweep.lambda.ts'),
    import('../../functions/sweep/drift.lambda.ts'),
    import('../../functions/operations/operations.lambda.ts'),
    import('../../functions/workflow/AdmitWaiting.lambda.ts'),
    ...TASKS.map(async (name) => (await import(`../../functions/workflow/${name}.lambda.ts`)) as TaskModule),
  ]);
  return {
    api: { write: write.handler, read: read.handler, events: events.handler } satisfies Record<Privilege, unknown>,
    sweep: sweep.handler,
    drift: drift.handler,
    operations: operations.handler,
    admitWaiting: admitWaiting.handler,
    tasks: Object.fromEntries(TASKS.map((name, index) => [name, tasks[index]?.handler])) as Record<
      TaskName,
      TaskModule['handler']
    >,
  };
}

interface TaskModule {
  readonly handler: (event: unknown) => Promise<unknown>;
}
