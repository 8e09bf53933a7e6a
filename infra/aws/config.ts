import * as z from 'zod';
import { independentIssues, ruleText } from '../../events/rule-texts.ts';
import { MAX_PREFER_WAIT_SECONDS } from '../../functions/api/features.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { createTenancy, DEFAULT_TENANCY } from '../../functions/tracker/tenancy.ts';
import { FUNCTION_TIMEOUT_SECONDS, shortestLease } from '../longest-silence.ts';
import { taskStates } from '../state-machine.ts';
import { FUNCTION_NAMES } from './function-names.ts';

/** What a deployment whose issuer is not known yet is synthesized with. It can't be deployed: API Gateway asks the issuer for its keys. */
export const PLACEHOLDER_ISSUER = 'https://issuer.example.com/';

/** What CloudWatch Logs and EventBridge archives can be told to keep, in days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** API Gateway's quota of an authorizer, which can't be raised. */
const MAX_AUDIENCES = 50;

/** Of Lambda's 4 KB for all variables together, what the others leave. */
const MAX_ROLES_LENGTH = 2500;

/** A count reads as many index entries: some 10 KB a hundred. */
const MAX_UNFINISHED = 10_000;

const NEW_ACCOUNT_CONCURRENCY = 10;
/** What Lambda keeps for functions without a reservation. */
const MIN_UNRESERVED = 100;

const seconds = (defaultMs: number, least: number, why: string, most = 86_400 * 400) =>
  z
    .int('must be a whole number of seconds')
    .min(least, `must be at least ${least}: ${why}`)
    .max(most, `must be at most ${most}`)
    .default(defaultMs / 1000);

const rate = (fallback: number, most: number) =>
  z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(most, `must be at most ${most}, the account's own limit`)
    .default(fallback);

/** API Gateway's default quota of an account and Region: 10,000 requests a second, bursts of 5,000. */
const throttle = (rateLimit: number, burstLimit: number) =>
  z.strictObject({ rateLimit: rate(rateLimit, 10_000), burstLimit: rate(burstLimit, 5_000) }).prefault({});

const configSchema = z.strictObject({
  /** Names the deployment: it is in the names of its resources, so that one account can hold several. */
  stage: z
    .string('must be a name')
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and -, and begin with a letter')
    .default('dev'),
  /** The `iss` of the tokens, as OpenID Connect's discovery has it: API Gateway fetches the keys from below it. */
  issuer: z
    .url({ protocol: /^https$/, error: 'must be a URL that begins with https://' })
    .refine((url) => !/\s/.test(url), 'must hold no spaces')
    .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
    .refine((url) => !url.includes('@'), 'must hold no credentials')
    .refine((url) => !url.includes('/.well-known/'), 'must end before /.well-known/: API Gateway adds that itself')
    .default(PLACEHOLDER_ISSUER),
  /** A token's `aud` (or Cognito's `client_id`) must be one of them. */
  audience: z
    .array(z.string('must be a name').min(1, 'must not be empty'), 'must be a list of names')
    .min(1, 'must name at least one audience')
    .max(MAX_AUDIENCES, `must name at most ${MAX_AUDIENCES} audiences: an authorizer of API Gateway takes no more`)
    .default(['event-trackers']),
  /** The IAM roles that may come in by /platform, and act for any tenant. */
  platformRoles: z.array(z.string('must be the ARN of a role'), 'must be a list of ARNs of IAM roles').default([]),
  tenancy: z
    .strictObject({
      /** The claim that is the tenant. */
      claim: z.string('must be the name of a claim').default(DEFAULT_TENANCY.claimName),
      pattern: z.string('must be a regular expression').default(DEFAULT_TENANCY.pattern),
      /** A tenant's dataset groups are those whose names begin with the tenant and this. */
      separator: z
        .literal(DEFAULT_TENANCY.separator, `must be "${DEFAULT_TENANCY.separator}": the functions know no other`)
        .default(DEFAULT_TENANCY.separator as '-'),
    })
    .prefault({}),
  /** The lifecycle's times, in seconds (functions/tracker/settings.ts says what each is). */
  lifecycle: z
    .strictObject({
      createInFlightSeconds: seconds(
        AWS_SETTINGS.createInFlightMs,
        FUNCTION_TIMEOUT_SECONDS + 300,
        'a call can land for as long as its Lambda runs (30) and its signature is valid (300)',
      ),
      leaseSeconds: seconds(
        AWS_SETTINGS.leaseMs,
        shortestLease(taskStates()),
        'an execution may be silent for that long while its tasks are retried',
      ),
      deadlineSeconds: seconds(AWS_SETTINGS.deadlineMs, 120, 'trackers take a minute now and then'),
      driftIntervalSeconds: seconds(
        AWS_SETTINGS.driftIntervalMs,
        300,
        'every look is a read and a write for each tracker',
      ),
      retentionSeconds: seconds(AWS_SETTINGS.retentionMs, 3600, 'callers look at what they deleted'),
    })
    .prefault({}),
  logRetentionDays: z
    .int('must be a whole number of days')
    .refine((days) => LOG_DAYS.includes(days), `must be one of CloudWatch Logs' own: ${LOG_DAYS.join(', ')}`)
    .default(90),
  archiveRetentionDays: z
    .int('must be a whole number of days')
    .min(1, 'must be at least 1')
    .max(90, 'must be at most 90: the archive holds tracking IDs')
    .default(14),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'must be DEBUG, INFO, WARN or ERROR').default('INFO'),
  /** A batch is up to 100 requests in one: at 1 a second it makes as many trackers as the others at their limit. */
  throttling: z
    .strictObject({ default: throttle(50, 100), events: throttle(200, 400), batch: throttle(1, 2) })
    .prefault({}),
  /** How many event trackers a tenant may have unfinished; any number unless given. It costs each request for one a query. */
  maxUnfinishedPerTenant: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_UNFINISHED, `must be at most ${MAX_UNFINISHED}: each request counts up to it`)
    .optional(),
  /** How long `GET …/{trackerId}` holds its answer by `Prefer: wait`, in seconds, at most. A held answer holds a Lambda. */
  preferWaitSeconds: z
    .int('must be a whole number of seconds')
    .min(0, 'must be at least 0, which holds none')
    .max(MAX_PREFER_WAIT_SECONDS, `must be at most ${MAX_PREFER_WAIT_SECONDS}: API Gateway gives up after 30`)
    .default(0),
  /** Whether task tokens are taken and answered. The grant for it has no resource to narrow it by. */
  callbacks: z.boolean('must be true or false').default(false),
  /** Whether interactions are passed on to Personalize: POST …/events, with a Lambda of its own. */
  events: z.boolean('must be true or false').default(false),
  /** Whether the drift check makes a tracker again that somebody deleted. Its tracking ID is another one then. */
  recreateMissing: z.boolean('must be true or false').default(false),
  /**
   * Whether `?destroy=true` deletes adopted trackers. They carry no tag of this deployment, so the grant for it covers every
   * tracker of the account and Region.
   */
  destroyAdopted: z.boolean('must be true or false').default(false),
  /** Of the table, the bus, its archive and its queues: whose KMS key encrypts them. */
  encryption: z
    .enum(['AWS_MANAGED', 'CUSTOMER_MANAGED'], 'must be AWS_MANAGED or CUSTOMER_MANAGED')
    .default('AWS_MANAGED'),
  /** What of the account's concurrent executions in this Region (Lambda's quota) this deployment may count on. A new account has 10. */
  accountConcurrency: z.int('must be a whole number').min(1, 'must be at least 1').default(NEW_ACCOUNT_CONCURRENCY),
  /** Functions with executions of their own. None unless asked for. */
  reservedConcurrency: z
    .partialRecord(
      z.enum(FUNCTION_NAMES, `must name a function: ${FUNCTION_NAMES.join(', ')}`),
      z.int('must be a whole number').min(1, 'must be at least 1: 0 stops the function'),
    )
    .default({}),
  /** Who is told of alarms. The address has to confirm once. */
  alarmEmail: z.email('must be an e-mail address').optional(),
  /** A table that was restored from a backup, to go on with instead of the stack's own (docs/operations.md). */
  restoredTableName: z
    .string('must be the name of a table')
    .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be the name of a DynamoDB table')
    .optional(),
  /** The customer-managed key of that table, where it is not this deployment's own: that of a stack that was removed. */
  restoredTableKeyArn: z
    .string('must be the ARN of a KMS key')
    .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key, not of an alias')
    .optional(),
});

/** What a deployment sets, complete and checked. */
export type StackConfig = z.output<typeof configSchema>;

/** The names of all settings. */
export const SETTINGS: readonly string[] = Object.keys(configSchema.shape);

/** Settings that can't be deployed: each problem names the field and its rule. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[]) {
    super(`${source} can't be deployed:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * The configuration of a deployment, defaults filled in.
 * @param settings what the deployment sets: a JSON object, all of it optional for the stage `dev`
 * @param source where it comes from, for the message
 * @throws ConfigError with every problem at once
 */
export function parseConfig(settings: unknown, source = 'The configuration'): StackConfig {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ConfigError(source, ['it must be a JSON object of settings']);
  }
  const parsed = configSchema.safeParse(settings, { error: ruleText });
  if (!parsed.success) throw new ConfigError(source, independentIssues(parsed.error).flatMap(problemsOf));
  const config = parsed.data;
  const problems = [
    ...tenancyProblems(config),
    ...placeholderProblems(settings, config),
    ...eventsProblems(config),
    ...concurrencyProblems(config),
    ...restoreProblems(config),
  ];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return config;
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${settingName([...issue.path, key])} is no setting`);
  }
  const place = settingName(issue.path);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${place} ${message}`);
  return [`${place} ${issue.message}`];
}

/** `throttling.batch.rateLimit`; a name that can't be read so is quoted. */
const settingName = (path: readonly PropertyKey[]): string =>
  path.map((step) => (/^[\w-]+$/.test(String(step)) ? String(step) : JSON.stringify(String(step)))).join('.');

/** By the functions' own rules, and with this file's names for the settings. */
function tenancyProblems({ tenancy, platformRoles }: StackConfig): string[] {
  try {
    const comma = platformRoles.find((arn) => arn.includes(',') || arn.trim() === '');
    if (comma !== undefined) return [`platformRoles must be ARNs of IAM roles, not "${comma}"`];
    if (platformRoles.join(',').length > MAX_ROLES_LENGTH) {
      return [
        `platformRoles must be at most ${MAX_ROLES_LENGTH} characters together: a Lambda's environment holds 4 KB`,
      ];
    }
    createTenancy({
      claimName: tenancy.claim,
      pattern: tenancy.pattern,
      separator: tenancy.separator,
      platformRoles: platformRoles.join(','),
    });
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !/^(TENANT|PLATFORM)_/.test(error.message)) throw error;
    return [
      error.message
        .replaceAll('TENANT_CLAIM', 'tenancy.claim')
        .replaceAll('TENANT_PATTERN', 'tenancy.pattern')
        .replaceAll('TENANT_SEPARATOR', 'tenancy.separator')
        .replace(', separated by commas', '')
        .replaceAll('PLATFORM_ROLES', 'platformRoles'),
    ];
  }
}

/** Placeholders are for looking at the template; a stage that somebody named is one that somebody deploys. */
function placeholderProblems(settings: object, { stage, issuer }: StackConfig): string[] {
  if (stage === 'dev') return [];
  const set = new Set(Object.keys(settings));
  return [
    ...(issuer === PLACEHOLDER_ISSUER
      ? [`issuer is required of the stage ${stage}: the URL of who makes the tokens`]
      : []),
    ...(set.has('audience') ? [] : [`audience is required of the stage ${stage}: a list of what a token's aud may be`]),
  ];
}

/** A reservation for a function that is not there would be taken for one that is. */
function eventsProblems({ events, reservedConcurrency }: StackConfig): string[] {
  return !events && reservedConcurrency['api-events'] !== undefined
    ? ['reservedConcurrency.api-events must not be given where events is false: there is no such function']
    : [];
}

/**
 * Whoever holds answers must not keep the tasks, the sweep and the drift check from running. Reserved executions bound api-read,
 * the only function that holds; the others share what is unreserved, of which Lambda takes no function's reservation below 100
 * ("Configuring reserved concurrency": the unreserved account concurrency minus 100 can be reserved).
 */
function concurrencyProblems({ preferWaitSeconds, reservedConcurrency, accountConcurrency }: StackConfig): string[] {
  const reserved = Object.values(reservedConcurrency).reduce((sum, each) => sum + each, 0);
  const unreserved = accountConcurrency - reserved;
  return [
    ...(preferWaitSeconds > 0 && reservedConcurrency['api-read'] === undefined
      ? [
          'reservedConcurrency.api-read is required where preferWaitSeconds is above 0: held answers could use up the executions of the tasks, the sweep and the drift check',
        ]
      : []),
    ...(reserved > 0 && unreserved < MIN_UNRESERVED
      ? [
          `reservedConcurrency must leave at least ${MIN_UNRESERVED} of accountConcurrency unreserved, which Lambda requires and the other functions share: ${accountConcurrency} - ${reserved} leaves ${unreserved}`,
        ]
      : []),
  ];
}

const restoreProblems = ({ restoredTableName, restoredTableKeyArn }: StackConfig): string[] =>
  restoredTableKeyArn !== undefined && restoredTableName === undefined
    ? ['restoredTableKeyArn must not be given without restoredTableName, whose key it is']
    : [];
