import { Token } from 'aws-cdk-lib';
import * as z from 'zod';
import { MAX_PREFER_WAIT_SECONDS } from '../../functions/api/features.ts';
import { accountsSchema } from '../../functions/tracker/accounts.ts';
import { AWS_SETTINGS, DEFAULT_ADMISSION_RATE } from '../../functions/tracker/settings.ts';
import { DEFAULT_TENANCY } from '../../functions/tracker/tenancy.ts';
import { FUNCTION_TIMEOUT_SECONDS, shortestLease } from '../longest-silence.ts';
import { taskStates } from '../state-machine.ts';
import { FUNCTION_NAMES, type FunctionName } from './function-names.ts';
import { issuerRules } from './issuer.ts';

/** Used until a deployment names its issuer. A template with it cannot be deployed: API Gateway asks the issuer for its keys. */
export const PLACEHOLDER_ISSUER = 'https://issuer.example.com/';

/** The retention periods that CloudWatch Logs accepts, in days. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** They are part of the authorizer's code. */
const MAX_AUDIENCES = 5_000;

/** A count reads up to this many index entries, about 10 KB per hundred. */
const MAX_UNFINISHED = 10_000;

/** CloudFormation allows 500 resources in a stack. */
const MAX_SUBSCRIBER_BUSES = 20;

const NEW_ACCOUNT_CONCURRENCY = 10;

/** Claims, audiences and roles are compared character by character. An empty text is about another rule. */
const isTrimmed = (text: string) => text.trim() === text || text.trim() === '';
const TRIMMED = 'must not begin or end with a space';

const seconds = (defaultMs: number, min: number, why: string, max = 86_400 * 400) =>
  z
    .int('must be a whole number of seconds')
    .min(min, `must be at least ${min}: ${why}`)
    .max(max, `must be at most ${max}`)
    .default(defaultMs / 1000);

const rate = (fallback: number, max: number) =>
  z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(max, `must be at most ${max}, the account's default quota`)
    .default(fallback);

/** The maxima are API Gateway's default quota per account and Region: 10,000 requests per second, bursts of 5,000. */
const throttle = (rateLimit: number, burstLimit: number) =>
  z.strictObject({ rateLimit: rate(rateLimit, 10_000), burstLimit: rate(burstLimit, 5_000) }).prefault({});

const reservation = z.int('must be a whole number').min(1, 'must be at least 1: 0 stops the function').optional();

/** An object of the functions, not a record: a record of zod ignores the name `__proto__`. */
const RESERVATIONS = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, reservation])) as Record<
  FunctionName,
  typeof reservation
>;

const kmsKeyArn = z
  .string('must be the ARN of a KMS key')
  .regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key, not of an alias');

export const configSchema = z.strictObject({
  /** Names the deployment. It is part of all resource names, so one account can hold several deployments. */
  stage: z
    .string('must be a name')
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 characters of a-z, 0-9 and -, and begin with a letter')
    .default('dev'),
  /** The `iss` claim of the tokens. API Gateway reads the keys through `/.well-known/openid-configuration` below it. */
  issuer: z
    .string('must be a URL that begins with https://')
    .superRefine((issuer, context) => {
      // Known at deployment only: a user pool of the same app.
      if (Token.isUnresolved(issuer)) return;
      for (const message of issuerRules(issuer)) context.addIssue({ code: 'custom', message });
    })
    .default(PLACEHOLDER_ISSUER),
  /**
   * Who checks tokens. `JWT`: API Gateway's JWT authorizer, with at most 50 audiences. `FUNCTION`: a Lambda function of this service, with any
   * number, or a pattern.
   */
  authorizer: z.enum(['JWT', 'FUNCTION'], 'must be JWT or FUNCTION').default('JWT'),
  /** A token's `aud` (or Cognito's `client_id`) must be one of them, or match `audiencePattern`. */
  audience: z
    .array(
      z.string('must be a name').regex(/\S/, 'must not be empty').refine(isTrimmed, TRIMMED),
      'must be a list of names',
    )
    .min(1, 'must name at least one audience')
    .max(MAX_AUDIENCES, `must name at most ${MAX_AUDIENCES} audiences`)
    .refine((names) => new Set(names).size === names.length, {
      error: 'must not repeat an entry',
      when: ({ value }) => Array.isArray(value),
    })
    .default(['event-trackers']),
  /** The accepted client IDs, as a pattern. Only with `authorizer: FUNCTION`. */
  audiencePattern: z.string('must be a regular expression').optional(),
  /** Cognito's `token_use`, for tokens that have this claim. Only with `authorizer: FUNCTION`. */
  tokenUse: z.enum(['access', 'id', 'any'], 'must be access, id or any').default('access'),
  /** The IAM roles that may call /platform and act for any tenant. */
  platformRoles: z
    .array(z.string('must be the ARN of a role').refine(isTrimmed, TRIMMED), 'must be a list of ARNs of IAM roles')
    .default([]),
  tenancy: z
    .strictObject({
      /** The claim that names the tenant. */
      claim: z.string('must be the name of a claim').refine(isTrimmed, TRIMMED).default(DEFAULT_TENANCY.claimName),
      pattern: z.string('must be a regular expression').default(DEFAULT_TENANCY.pattern),
      /** A tenant may use the dataset groups whose names begin with the tenant and this. */
      separator: z
        .literal(DEFAULT_TENANCY.separator, `must be "${DEFAULT_TENANCY.separator}": the functions support no other`)
        .default(DEFAULT_TENANCY.separator as '-'),
    })
    .prefault({}),
  /** Times in seconds; functions/tracker/settings.ts explains each. */
  lifecycle: z
    .strictObject({
      createInFlightSeconds: seconds(
        AWS_SETTINGS.createInFlightMs,
        FUNCTION_TIMEOUT_SECONDS + 300,
        'a create call can still take effect while its Lambda runs (30) and its signature is valid (300)',
      ),
      leaseSeconds: seconds(
        AWS_SETTINGS.leaseMs,
        shortestLease(taskStates()),
        'an execution can be silent for that long while its tasks are retried',
      ),
      deadlineSeconds: seconds(AWS_SETTINGS.deadlineMs, 120, 'creating a tracker can take a minute'),
      driftIntervalSeconds: seconds(AWS_SETTINGS.driftIntervalMs, 300, 'each check reads and writes every record'),
      retentionSeconds: seconds(AWS_SETTINGS.retentionMs, 3600, 'callers read what they deleted'),
    })
    .prefault({}),
  logRetentionDays: z
    .int('must be a whole number of days')
    .refine((days) => LOG_DAYS.includes(days), `must be a period that CloudWatch Logs accepts: ${LOG_DAYS.join(', ')}`)
    .default(90),
  archiveRetentionDays: z
    .int('must be a whole number of days')
    .min(1, 'must be at least 1')
    .max(90, 'must be at most 90: the archive holds tracking IDs')
    .default(14),
  /** Register the schemas of the events in an EventBridge schema registry. */
  schemaRegistry: z.boolean('must be true or false').default(true),
  logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'must be DEBUG, INFO, WARN or ERROR').default('INFO'),
  /** One batch can create 100 trackers: at one per second, batches create as many as the other routes at their limit. */
  throttling: z
    .strictObject({ default: throttle(50, 100), events: throttle(200, 400), batch: throttle(1, 2) })
    .prefault({}),
  /** How many unfinished event trackers a tenant may have; unlimited if absent. With it, each POST makes one more query. */
  maxUnfinishedPerTenant: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_UNFINISHED, `must be at most ${MAX_UNFINISHED}: each request counts up to this number`)
    .optional(),
  /** The pace of operations that retry many event trackers, all together: each retry is about a dozen calls of Personalize. */
  retriesPerMinute: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(600, 'must be at most 600: Personalize throttles far fewer calls')
    .default(15),
  /**
   * How many event trackers a second may begin their calls to Personalize, until another rate is learned. A tracker makes some five calls.
   */
  admissionRate: z
    .number('must be a number')
    .min(0.1, 'must be at least 0.1')
    .max(100, 'must be at most 100: Personalize throttles far fewer calls')
    .default(DEFAULT_ADMISSION_RATE),
  /** The longest time, in seconds, that `GET …/{trackerId}` holds its answer on `Prefer: wait`. A held answer occupies a Lambda execution. */
  preferWaitSeconds: z
    .int('must be a whole number of seconds')
    .min(0, 'must be at least 0, which turns it off')
    .max(MAX_PREFER_WAIT_SECONDS, `must be at most ${MAX_PREFER_WAIT_SECONDS}: API Gateway times out after 30`)
    .default(0),
  /** Accept and answer task tokens. The actions that this needs support no resource-level permissions. */
  callbacks: z.boolean('must be true or false').default(false),
  /** Pass interactions on to Personalize: POST …/events, with its own function. */
  events: z.boolean('must be true or false').default(false),
  /** The drift check recreates a tracker that someone else deleted. It then has another tracking ID. */
  recreateMissing: z.boolean('must be true or false').default(false),
  /** Restore requested tags that others changed in Personalize. */
  repairTags: z.boolean('must be true or false').default(false),
  /**
   * `?destroy=true` deletes adopted trackers. They carry no tag of this deployment, so the grant covers every tracker of the
   * account and Region.
   */
  destroyAdopted: z.boolean('must be true or false').default(false),
  /** Other accounts and Regions in which event trackers may be (docs/accounts.md). */
  accounts: z._default(accountsSchema(), {}),
  /** Keep the tracking ID of each ACTIVE tracker at /event-trackers/STAGE/TENANT/NAME, each with its own function. */
  trackingIds: z
    .strictObject({
      /** In SecureStrings of Parameter Store. */
      parameters: z.boolean('must be true or false').default(false),
      /** In secrets of Secrets Manager. */
      secrets: z.boolean('must be true or false').default(false),
      /** The KMS key that encrypts them, if not this deployment's own (or else AWS's). */
      keyArn: kmsKeyArn.optional(),
    })
    .prefault({}),
  /** Event buses of other accounts, each with the tenants whose events it receives (docs/other-buses.md). */
  subscriberBuses: z
    .array(
      z.strictObject({
        busArn: z
          .string('must be the ARN of an event bus')
          .regex(
            /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[A-Za-z0-9._-]{1,256}$/,
            'must be the ARN of an event bus: arn:aws:events:REGION:ACCOUNT:event-bus/NAME',
          ),
        /** Without a default, so that nobody receives other tenants' tracking IDs by accident. */
        tenants: z.union(
          [z.literal('all'), z.array(z.string()).min(1, 'must be a list of at least one tenant, or "all"')],
          'must be a list of at least one tenant, or "all"',
        ),
      }),
      'must be a list of event buses',
    )
    .max(
      MAX_SUBSCRIBER_BUSES,
      `must have at most ${MAX_SUBSCRIBER_BUSES} event buses: each needs seven resources of the stack`,
    )
    .default([]),
  /** Whose KMS key encrypts the table, the bus, its archive and the queues. */
  encryption: z
    .enum(['AWS_MANAGED', 'CUSTOMER_MANAGED'], 'must be AWS_MANAGED or CUSTOMER_MANAGED')
    .default('AWS_MANAGED'),
  /** How many of the account's concurrent Lambda executions in this Region the deployment can count on. A new account has 10. */
  accountConcurrency: z.int('must be a whole number').min(1, 'must be at least 1').default(NEW_ACCOUNT_CONCURRENCY),
  /** Reserved concurrency by function; none by default. */
  reservedConcurrency: z.strictObject(RESERVATIONS).prefault({}),
  /** Receives the alarms. Its owner has to confirm the subscription. */
  alarmEmail: z.email('must be an email address').optional(),
  /** A restored table to use instead of the stack's own (docs/operations.md). */
  restoredTableName: z
    .string('must be the name of a table')
    .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be the name of a DynamoDB table')
    .optional(),
  /** The customer-managed key of that table, if it is not this deployment's own: for example that of a removed stack. */
  restoredTableKeyArn: kmsKeyArn.optional(),
});

/** A deployment's settings, validated and with defaults. */
export type StackConfig = z.output<typeof configSchema>;

/** The names of all settings. */
export const SETTINGS: readonly string[] = Object.keys(configSchema.shape);
