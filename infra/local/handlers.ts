import type { Features } from '../../functions/api/features.ts';
import type { Privilege } from '../../functions/api/routes.ts';
import { FUNCTION_TIMEOUT_SECONDS } from '../longest-silence.ts';
import { TASKS, type TaskName } from '../state-machine.ts';
import { PLATFORM_ROLE } from './identity/access-keys.ts';
import { ACCOUNT_ID, REGION } from './wire.ts';

export const TABLE_NAME = 'event-trackers';
export const EVENT_BUS_NAME = 'event-trackers';
export const STATE_MACHINE_NAME = 'event-tracker-lifecycle';

/** How long a function may run, as deployed, in milliseconds. */
export const FUNCTION_TIMEOUT_MS = FUNCTION_TIMEOUT_SECONDS * 1000;

export const functionNameOf = (task: string): string => `event-trackers-${task}`;
export const functionArnOf = (task: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionNameOf(task)}`;

/**
 * Times that a deployment sets, for a machine on which nothing is a minute away; each can be set from outside. The lease is that of AWS:
 * a runtime that starts resumes everything that is unfinished, without waiting for it.
 */
export const LOCAL_SECONDS = { CREATE_IN_FLIGHT_SECONDS: '15', CONNECT_SECONDS: '8' } as const;
/** The log is what the user reads: its warnings only, and none of CloudWatch's metrics. */
const LOCAL_LOG = { POWERTOOLS_LOG_LEVEL: 'WARN', POWERTOOLS_METRICS_DISABLED: 'true' } as const;

/**
 * What a deployment sets for its functions, set for this process before any of them is loaded. Whatever of the caller's own
 * AWS settings would lead a handler away from the local runtime (a profile, another endpoint, a session) is taken out.
 */
export function setFunctionEnvironment(awsUrl: string, deployment: string, features: Features): void {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_(?!REGION$)/.test(name)) delete process.env[name];
  }
  const set = {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // Files that are not there: the user's own configuration has no say here.
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
    ACCOUNT_ID,
    TABLE_NAME,
    EVENT_BUS_NAME,
    STAGE: deployment,
    STATE_MACHINE_ARN: `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${STATE_MACHINE_NAME}`,
  };
  Object.assign(process.env, set, environmentOf(features));
  if (features.platformRoles) process.env.PLATFORM_ROLES ||= PLATFORM_ROLE;
  for (const [name, value] of Object.entries({ ...LOCAL_SECONDS, ...LOCAL_LOG })) {
    process.env[name] ||= value;
  }
}

/** As infra/aws/api.ts sets it. An empty variable is as one that is not set. */
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

/** The Lambdas, loaded: they read the environment, so it has to be set before. */
export async function loadHandlers() {
  const [write, read, events, sweep, drift, ...tasks] = await Promise.all([
    import('../../functions/api/write.lambda.ts'),
    import('../../functions/api/read.lambda.ts'),
    import('../../functions/api/events.lambda.ts'),
    import('../../functions/sweep/sweep.lambda.ts'),
    import('../../functions/sweep/drift.lambda.ts'),
    ...TASKS.map(async (name) => (await import(`../../functions/workflow/${name}.lambda.ts`)) as TaskModule),
  ]);
  return {
    api: { write: write.handler, read: read.handler, events: events.handler } satisfies Record<Privilege, unknown>,
    sweep: sweep.handler,
    drift: drift.handler,
    tasks: Object.fromEntries(TASKS.map((name, index) => [name, tasks[index]?.handler])) as Record<
      TaskName,
      TaskModule['handler']
    >,
  };
}

interface TaskModule {
  readonly handler: (event: unknown) => Promise<unknown>;
}
