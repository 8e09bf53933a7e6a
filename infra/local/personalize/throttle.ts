import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { oneOf } from '../fault-injection.ts';
import { isOfEvents, isOperationName, OPERATION_NAMES, type OperationName } from './operations.ts';
import { durablePath } from './state.ts';
import { type TokenBucket, takeToken } from './token-bucket.ts';

const ALL = '*';

/** The calls that are throttled, and how. Fields that newer code may add are refused. */
export const throttleSettings = z.strictObject({
  /** `*`: all operations of the service personalize, but none of personalize-events. */
  operations: z.union(
    [
      z.literal(ALL),
      z.array(z.custom<OperationName>((name) => typeof name === 'string' && isOperationName(name))).min(1),
    ],
    `must be "*" or a list: each name ${oneOf(OPERATION_NAMES)}`,
  ),
  ratePerSecond: z.number().positive('must be greater than 0').max(1_000_000),
  /** The number of calls that are accepted at once after a pause. Below one, every call would be refused for ever. */
  burst: z.int().min(1).max(1_000_000),
  /** One bucket for all of these operations together; otherwise each has its own. */
  shared: z.boolean(),
});
export type ThrottleSettings = z.infer<typeof throttleSettings>;

/** The throttle of the control plane in an account and Region: token buckets. Its settings survive a restart, which fills the buckets. */
export class Throttle {
  readonly #stored: DurableMap<ThrottleSettings>;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(directory?: string) {
    this.#stored = new DurableMap(durablePath(directory, 'throttle'), throttleSettings, /^throttle$/);
  }

  /** Undefined: nothing is throttled. */
  get settings(): ThrottleSettings | undefined {
    return this.#stored.get('throttle');
  }

  /** Replaces the settings. The buckets are full again. */
  set(settings: ThrottleSettings | undefined): void {
    if (settings === undefined) this.#stored.delete('throttle');
    else this.#stored.set('throttle', settings);
    this.#buckets.clear();
  }

  /** Takes a token for the call. @returns false if the call is throttled */
  admits(operation: OperationName, now: number): boolean {
    const { settings } = this;
    if (settings === undefined) return true;
    const { operations, shared } = settings;
    if (operations === ALL ? isOfEvents(operation) : !operations.includes(operation)) return true;
    const name = shared ? ALL : operation;
    const { taken, bucket } = takeToken(this.#buckets.get(name), settings, now);
    this.#buckets.set(name, bucket);
    return taken;
  }

  close(): void {
    this.#stored.close();
  }
}
