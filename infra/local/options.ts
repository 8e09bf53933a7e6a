import { join, resolve } from 'node:path';
import { type Features, MAX_PREFER_WAIT_SECONDS } from '../../functions/api/features.ts';
import { readAccounts } from '../accounts/file.ts';
import { parseFlags, UsageError } from '../command-line.ts';
import { COMMANDS, DEFAULT_DATA, WHERE_DEFAULT_DATA_IS } from './commands.ts';
import { type OwnTarget, parseOwnTargets } from './own-targets.ts';
import { TRACKING_ID_PLACES, type TrackingIdPlace } from './tracking-id-places.ts';

/** The options of `npm start`. A flag overrides the environment. */
export interface Options {
  readonly help: boolean;
  /** The API's port; 0 means any free one. */
  readonly port: number;
  readonly awsPort: number;
  /** The absolute path of the data folder. */
  readonly data: string;
  /** Empty the data folder first. */
  readonly fresh: boolean;
  /** Add the state machine and the functions of examples/. */
  readonly examples: boolean;
  /** The factor for waits and back-offs of executions. */
  readonly timeScale: number;
  /** The name of the deployment (the stage on AWS), which is in a tag of every tracker. */
  readonly deployment: string;
  /** The absolute path of the file with the setting `accounts`. */
  readonly accounts?: string;
  /** The URL of the AWS port of another runtime, to share its Personalize. */
  readonly personalizeUrl?: string;
  /** The user's own targets of rules. */
  readonly targets: readonly OwnTarget[];
  /** Where the tracking IDs of ACTIVE trackers are kept; nowhere by default. */
  readonly trackingIds: readonly TrackingIdPlace[];
  /** Who checks tokens: API Gateway's JWT authorizer, or the service's Lambda authorizer. */
  readonly authorizer: 'JWT' | 'FUNCTION';
  /** The optional features of the API, all enabled unless a flag disables them. */
  readonly features: Features;
}

export const USAGE = `Usage: ${COMMANDS.startWith} [flags]

  --port N         the port of the API; 0 selects a free port (EVENT_TRACKERS_PORT, default 8787)
  --aws-port N     the port of all AWS services; 0 selects a free port (EVENT_TRACKERS_AWS_PORT, default 4566)
  --data DIR       the data folder (EVENT_TRACKERS_DATA, default .event-trackers ${WHERE_DEFAULT_DATA_IS})
  --fresh          empty the data folder first
  --examples       add the onboarding state machines and the subscriber in examples/ (docs/onboarding.md)
  --time-scale X   multiply the waits of executions by X, above 0 and at most 1 (EVENT_TRACKERS_TIME_SCALE, default 1)
  --deployment NAME      the name of the deployment, in a tag of every tracker (EVENT_TRACKERS_DEPLOYMENT, default local)
  --authorizer NAME      JWT or FUNCTION: API Gateway's JWT authorizer or the Lambda authorizer checks tokens (EVENT_TRACKERS_AUTHORIZER, default JWT)
  --target NAME=FILE     let rules invoke a handler of yours: a module that exports handler, or an http URL of this machine; repeatable
  --accounts FILE        use event trackers in other accounts and Regions: the setting accounts as JSON (docs/accounts.md)
  --personalize-url URL  share the Personalize of another runtime; URL is its AWS port (EVENT_TRACKERS_PERSONALIZE_URL)
  --tracking-id-parameters  keep the tracking ID of each ACTIVE tracker in a parameter of Parameter Store (TRACKING_ID_PARAMETERS=enabled)
  --tracking-id-secrets     keep it in a secret of Secrets Manager (TRACKING_ID_SECRETS=enabled)
  --help           show this help

Optional features of a deployment (docs/deploy.md), all on by default here:

  --no-events           disable POST …/events (EVENTS=disabled)
  --no-callbacks        disable task tokens (CALLBACKS=disabled)
  --no-destroy-adopted  disable ?destroy=true for adopted trackers (DESTROY_ADOPTED=disabled)
  --no-platform         disable the paths for platforms, /platform/…
  --prefer-wait N       hold responses (Prefer: wait) for at most N seconds, 0 to 25 (PREFER_WAIT_SECONDS, default 25)
  --max-unfinished N    allow each tenant at most N unfinished trackers (MAX_UNFINISHED_PER_TENANT, default: no limit)

The variables of the functions (docs/deploy.md) apply as on AWS, such as LEASE_SECONDS or POWERTOOLS_LOG_LEVEL (default WARN here).`;

/** @throws UsageError that names the flag or the variable, and its rule */
export function parseOptions(args: readonly string[], environment: Environment): Options {
  const flags = parseFlags(args, FLAGS, true);
  const find = (flag: Flag, variable: string) => given(flags, environment, flag, variable);
  const data = find('data', 'EVENT_TRACKERS_DATA');
  if (data?.text === '') throw new UsageError('--data must name a folder.');
  const port = portOf(find('port', 'EVENT_TRACKERS_PORT'), 8787);
  const awsPort = portOf(find('aws-port', 'EVENT_TRACKERS_AWS_PORT'), 4566);
  if (port === awsPort && port !== 0)
    throw new UsageError(`--port and --aws-port must be different; both are ${port}.`);
  return {
    help: flags.help ?? false,
    port,
    awsPort,
    data: data === undefined ? DEFAULT_DATA : resolve(data.text),
    fresh: flags.fresh ?? false,
    examples: flags.examples ?? false,
    timeScale: timeScaleOf(find('time-scale', 'EVENT_TRACKERS_TIME_SCALE')),
    deployment: deploymentOf(find('deployment', 'EVENT_TRACKERS_DEPLOYMENT')),
    ...personalizeOf(find('personalize-url', 'EVENT_TRACKERS_PERSONALIZE_URL')),
    ...accountsOf(flags.accounts),
    authorizer: authorizerOf(find('authorizer', 'EVENT_TRACKERS_AUTHORIZER')),
    targets: parseOwnTargets(flags.target),
    trackingIds: TRACKING_ID_PLACES.filter((place) => {
      const variable = `TRACKING_ID_${place.toUpperCase()}`;
      return isOn(flags[`tracking-id-${place}`], variable, environment[variable] || 'disabled');
    }),
    features: featuresOf(flags, environment),
  };
}

const FLAGS = {
  port: { type: 'string' },
  'aws-port': { type: 'string' },
  data: { type: 'string' },
  fresh: { type: 'boolean' },
  examples: { type: 'boolean' },
  'time-scale': { type: 'string' },
  deployment: { type: 'string' },
  accounts: { type: 'string' },
  'personalize-url': { type: 'string' },
  authorizer: { type: 'string' },
  target: { type: 'string', multiple: true },
  'tracking-id-parameters': { type: 'boolean' },
  'tracking-id-secrets': { type: 'boolean' },
  events: { type: 'boolean' },
  callbacks: { type: 'boolean' },
  'destroy-adopted': { type: 'boolean' },
  platform: { type: 'boolean' },
  'prefer-wait': { type: 'string' },
  'max-unfinished': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Flags = ReturnType<typeof parseFlags<typeof FLAGS>>;

type Flag =
  | 'port'
  | 'aws-port'
  | 'data'
  | 'time-scale'
  | 'deployment'
  | 'personalize-url'
  | 'authorizer'
  | 'prefer-wait'
  | 'max-unfinished';
/** Whether a feature is enabled by its flag, else by its variable; true if neither is given. */
function isOn(flag: boolean | undefined, variable: string, text: string | undefined): boolean {
  if (flag !== undefined) return flag;
  if (!text || text === 'enabled' || text === 'disabled') return text !== 'disabled';
  throw new UsageError(`${variable} must be enabled or disabled, not "${text}".`);
}

function featuresOf(flags: Flags, environment: Environment): Features {
  const preferWaitSeconds = wholeNumber(
    given(flags, environment, 'prefer-wait', 'PREFER_WAIT_SECONDS'),
    0,
    MAX_PREFER_WAIT_SECONDS,
  );
  const maxUnfinishedPerTenant = wholeNumber(
    given(flags, environment, 'max-unfinished', 'MAX_UNFINISHED_PER_TENANT'),
    1,
    10_000,
  );
  const events = isOn(flags.events, 'EVENTS', environment.EVENTS);
  const callbacks = isOn(flags.callbacks, 'CALLBACKS', environment.CALLBACKS);
  const destroyAdopted = isOn(flags['destroy-adopted'], 'DESTROY_ADOPTED', environment.DESTROY_ADOPTED);
  const { platform = true } = flags;
  if (flags.examples && !(callbacks && platform)) {
    throw new UsageError(
      '--examples is not allowed with --no-callbacks or --no-platform; the onboarding example needs both features.',
    );
  }
  return {
    events,
    callbacks,
    destroyAdopted,
    platformRoles: platform,
    preferWaitSeconds: preferWaitSeconds ?? MAX_PREFER_WAIT_SECONDS,
    ...(maxUnfinishedPerTenant !== undefined && { maxUnfinishedPerTenant }),
  };
}

function wholeNumber(given: Given, least: number, most: number): number | undefined {
  if (given === undefined) return undefined;
  const { name, text } = given;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
}

type Environment = Readonly<Record<string, string | undefined>>;
type Given = { readonly name: string; readonly text: string } | undefined;

/** A flag overrides the variable. An empty variable counts as unset. */
function given(flags: Flags, environment: Environment, flag: Flag, variable: string): Given {
  const fromFlag = flags[flag];
  if (fromFlag !== undefined) return { name: `--${flag}`, text: fromFlag };
  const text = environment[variable];
  return text ? { name: variable, text } : undefined;
}

function portOf(given: Given, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (!/^\d{1,5}$/.test(given.text) || Number(given.text) > 65_535) {
    throw new UsageError(`${given.name} must be a port from 0 to 65535, not "${given.text}".`);
  }
  return Number(given.text);
}

function timeScaleOf(given: Given): number {
  if (given === undefined) return 1;
  const scale = Number(given.text);
  if (given.text.trim() === '' || !(scale > 0 && scale <= 1)) {
    throw new UsageError(`${given.name} must be a number above 0 and at most 1, not "${given.text}".`);
  }
  return scale;
}

/** The same rule as for a stage on AWS (infra/aws/config.ts). */
function deploymentOf(given: Given): string {
  if (given === undefined) return 'local';
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(given.text)) {
    throw new UsageError(
      `${given.name} must be 1 to 16 characters of a-z, 0-9 and -, and begin with a letter, not "${given.text}".`,
    );
  }
  return given.text;
}

function personalizeOf(given: Given): Pick<Options, 'personalizeUrl'> {
  if (given === undefined) return {};
  if (!/^http:\/\/(127\.0\.0\.1|localhost):\d{1,5}\/?$/.test(given.text)) {
    throw new UsageError(
      `${given.name} must be the AWS port of another runtime, such as http://127.0.0.1:4566, not "${given.text}".`,
    );
  }
  return { personalizeUrl: given.text };
}

/** The file, once its content is a valid setting. */
function accountsOf(file: string | undefined): Pick<Options, 'accounts'> {
  if (file === undefined) return {};
  readAccounts(file);
  return { accounts: resolve(file) };
}

function authorizerOf(given: Given): Options['authorizer'] {
  const { name = '', text = 'JWT' } = given ?? {};
  if (text === 'JWT' || text === 'FUNCTION') return text;
  throw new UsageError(`${name} must be JWT or FUNCTION, not "${text}".`);
}

/** The path of runtime.json, which exists while the runtime is running. */
export const runtimeFileOf = (data: string): string => join(data, 'runtime.json');
