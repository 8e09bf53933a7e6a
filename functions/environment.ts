import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDriftCursor, type DriftCursor } from './store/drift-cursor.ts';
import { createIdempotencyStore, type IdempotencyStore } from './store/idempotency-store.ts';
import { createTrackerStore, type TrackerStore } from './store/tracker-store.ts';
import { AWS_SETTINGS, type LifecycleSettings } from './tracker/settings.ts';

/**
 * What every Lambda entry takes from its environment. Region, credentials and endpoint are the SDK's own variables, so
 * that nothing here knows whether it runs on AWS or on a laptop.
 */

/** @throws when the deployment did not set it */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** A number above 0 from the environment; the default where it is not set. */
function numberOr(name: string, byDefault: number, unit = ''): number {
  const text = process.env[name];
  if (text === undefined || text === '') return byDefault;
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) {
    throw new Error(`The environment variable ${name} must be a number${unit} above 0.`);
  }
  return number;
}

/** A number of seconds from the environment, as milliseconds; the default where it is not set. */
const secondsOr = (name: string, defaultMs: number): number => numberOr(name, defaultMs / 1000, ' of seconds') * 1000;

/** The name of this deployment: the stage, `local` on a laptop. A tracker is ours only where its tags name it. */
export const deploymentName = (): string => required('STAGE');

/** A feature of the deployment (`CALLBACKS=enabled`). Off unless the variable says so. */
export function isEnabled(name: string): boolean {
  const text = process.env[name] || 'disabled';
  if (text === 'enabled' || text === 'disabled') return text === 'enabled';
  throw new Error(`The environment variable ${name} must be enabled or disabled.`);
}

/** A whole number from the environment; undefined where it is not set. @throws where it is none, or out of bounds */
export function wholeNumber(name: string, least: number, most: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`The environment variable ${name} must be a whole number from ${least} to ${most}.`);
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

/**
 * Time-outs of an SDK client, in milliseconds: an answer must come while the Lambda (30 s) can still record it. Without
 * `throwOnRequestTimeout` the SDK only warns. To connect has a time of its own (`CONNECT_SECONDS`): the SDK counts a call's wait
 * for one of its 50 sockets as connecting, and a process that serves many requests at once, as the local runtime does, has
 * such waits, which a Lambda environment has not.
 */
export const REQUEST_HANDLER = {
  // Read when a client is made: this module may be loaded before the environment is set.
  get connectionTimeout() {
    return secondsOr('CONNECT_SECONDS', 2_000);
  },
  requestTimeout: 8_000,
  throwOnRequestTimeout: true,
  httpAgent: { maxSockets: 512, keepAlive: true },
} as const;

let client: DynamoDBDocumentClient | undefined;

/** One for the whole environment: its connections serve the records and the keys. */
function documents(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: REQUEST_HANDLER }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return client;
}

export const trackerStore = (): TrackerStore => createTrackerStore(documents(), required('TABLE_NAME'));

export const idempotencyStore = (): IdempotencyStore => createIdempotencyStore(documents(), required('TABLE_NAME'));

export const driftCursor = (): DriftCursor => createDriftCursor(documents(), required('TABLE_NAME'));
