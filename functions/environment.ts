import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Accounts, accountsSchema, createAccounts, type Home, partitionOf } from './tracker/accounts.ts';
import { AWS_SETTINGS, DEFAULT_ADMISSION_RATE, type LifecycleSettings } from './tracker/settings.ts';
import { DEFAULT_TENANCY, type TenancySettings } from './tracker/tenancy.ts';

/**
 * What Lambda entries read from their environment. Region, credentials and endpoint are the SDK's own variables, so the code is the same on AWS
 * and on a laptop.
 */

/** @throws if the variable is not set */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** An empty variable counts as unset. */
export const optional = (name: string): string | undefined => process.env[name] || undefined;

/** A number above 0 from the environment, or the default if it is not set. */
function numberOr(name: string, byDefault: number, unit = ''): number {
  const text = process.env[name];
  if (text === undefined || text === '') return byDefault;
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) {
    throw new Error(`The environment variable ${name} must be a number${unit} above 0.`);
  }
  return number;
}

/** A number of seconds from the environment, in milliseconds, or the default if it is not set. */
export const secondsOr = (name: string, defaultMs: number): number =>
  numberOr(name, defaultMs / 1000, ' of seconds') * 1000;

/** The name of this deployment: the stage, or `local` on a laptop. A tracker is ours only if its tags contain it. */
export const deploymentName = (): string => required('STAGE');

/** Whether a feature of the deployment is on (`CALLBACKS=enabled`). Off by default. */
export function isEnabled(name: string): boolean {
  const text = process.env[name] || 'disabled';
  if (text === 'enabled' || text === 'disabled') return text === 'enabled';
  throw new Error(`The environment variable ${name} must be enabled or disabled.`);
}

/** A whole number from the environment; undefined if it is not set. @throws if it is not a whole number within the bounds */
export function wholeNumber(name: string, min: number, max: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new Error(`The environment variable ${name} must be a whole number from ${min} to ${max}.`);
}

export function lifecycleSettings(): LifecycleSettings {
  return {
    createInFlightMs: secondsOr('CREATE_IN_FLIGHT_SECONDS', AWS_SETTINGS.createInFlightMs),
    leaseMs: secondsOr('LEASE_SECONDS', AWS_SETTINGS.leaseMs),
    maxRounds: numberOr('MAX_ROUNDS', AWS_SETTINGS.maxRounds),
    deadlineMs: secondsOr('DEADLINE_SECONDS', AWS_SETTINGS.deadlineMs),
    driftIntervalMs: secondsOr('DRIFT_INTERVAL_SECONDS', AWS_SETTINGS.driftIntervalMs),
    retentionMs: secondsOr('RETENTION_SECONDS', AWS_SETTINGS.retentionMs),
  };
}

/** ADMISSION_RATE, in trackers a second, until another rate is learned. @throws Error naming the variable and its rule */
export const admissionRate = (): number => numberOr('ADMISSION_RATE', DEFAULT_ADMISSION_RATE);

/** TENANT_CLAIM, TENANT_PATTERN, TENANT_SEPARATOR and PLATFORM_ROLES, or their defaults: `tenant`, `^[a-z0-9]+$`, `-`, none. */
export function tenancySettings(): TenancySettings {
  const { TENANT_CLAIM, TENANT_PATTERN, TENANT_SEPARATOR, PLATFORM_ROLES } = process.env;
  return {
    claimName: TENANT_CLAIM || DEFAULT_TENANCY.claimName,
    pattern: TENANT_PATTERN || DEFAULT_TENANCY.pattern,
    separator: TENANT_SEPARATOR || DEFAULT_TENANCY.separator,
    platformRoles: PLATFORM_ROLES ?? DEFAULT_TENANCY.platformRoles,
  };
}

/** The account and Region of the deployment: ACCOUNT_ID and AWS_REGION. */
export function deployedHome(): Home {
  const region = required('AWS_REGION');
  return { partition: partitionOf(region), region, accountId: required('ACCOUNT_ID') };
}

/**
 * The accounts and Regions of the deployment. Those besides its own are in the JSON file ACCOUNTS_FILE, if there is one: an environment
 * holds 4 KB.
 * @throws ZodError if the file is not as synthesis wrote it
 */
export function deployedAccounts(): Accounts {
  const file = process.env.ACCOUNTS_FILE;
  if (!file) return createAccounts(deployedHome());
  return createAccounts(deployedHome(), accountsSchema().parse(besideCode(file)));
}

/** The content of a JSON file, which on Lambda is beside the code. */
const besideCode = (file: string): unknown =>
  JSON.parse(readFileSync(resolve(process.env.LAMBDA_TASK_ROOT ?? '', file), 'utf8'));

/** The settings of the Lambda authorizer, as text. */
export interface AuthorizerSettings {
  readonly issuer: string;
  readonly configurationUrl: string;
  /** Client IDs, separated by commas. */
  readonly audience: string;
  readonly audiencePattern: string;
  readonly tokenUse: 'access' | 'id' | 'any';
  readonly tenantClaim: string;
}

/** ISSUER, OPENID_CONFIGURATION_URL, AUDIENCE or AUDIENCE_FILE, AUDIENCE_PATTERN, TOKEN_USE (default: access) and TENANT_CLAIM. */
export function authorizerSettings(): AuthorizerSettings {
  const tokenUse = process.env.TOKEN_USE || 'access';
  if (tokenUse !== 'access' && tokenUse !== 'id' && tokenUse !== 'any') {
    throw new Error('The environment variable TOKEN_USE must be access, id or any.');
  }
  return {
    issuer: required('ISSUER'),
    configurationUrl: required('OPENID_CONFIGURATION_URL'),
    audience: process.env.AUDIENCE ?? audienceOfFile(),
    audiencePattern: process.env.AUDIENCE_PATTERN ?? '',
    tokenUse,
    tenantClaim: process.env.TENANT_CLAIM || DEFAULT_TENANCY.claimName,
  };
}

/** In a deployment they are in the JSON file AUDIENCE_FILE: hundreds of client IDs do not fit into an environment. */
function audienceOfFile(): string {
  const file = process.env.AUDIENCE_FILE;
  return file ? [besideCode(file)].flat().join(',') : '';
}

/** Whether a tracker that was deleted out of band is re-created. It gets another tracking ID, so it is off by default. */
export const recreateMissing = (): boolean => isTrue('RECREATE_MISSING');

/** Whether requested tags that others changed in Personalize are restored. Off by default: the change may be wanted. */
export const repairTags = (): boolean => isTrue('REPAIR_TAGS');

function isTrue(name: string): boolean {
  const text = process.env[name] || 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Error(`The environment variable ${name} must be true or false.`);
}

/** CONNECT_SECONDS, in milliseconds. Default 2,000. */
export const connectTimeoutMs = (): number => secondsOr('CONNECT_SECONDS', 2_000);

/** RETRIES_PER_MINUTE: the pace of all operations together. Default 15. @throws Error naming the variable and its rule */
export const retriesPerMinute = (): number => wholeNumber('RETRIES_PER_MINUTE', 1, 60_000) ?? 15;

/** OPERATIONS_INTERVAL_SECONDS, in milliseconds: how often the operations are continued. Default a minute. */
export const operationsIntervalMs = (): number => secondsOr('OPERATIONS_INTERVAL_SECONDS', 60_000);
