import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { AwsError, type Clock } from '../wire.ts';
import { accountOf, busName, shortName } from './names.ts';

/** An event bus; the times are milliseconds since the epoch. */
export interface EventBus {
  /** As `busName` identifies it: of another account, the ARN. */
  readonly name: string;
  readonly description?: string;
  readonly createdAt: number;
  /** The resource policy, as JSON. */
  readonly policy?: string;
}

const eventBus: z.ZodType<EventBus> = z.object({
  name: z.string(),
  description: z.string().optional(),
  createdAt: z.number(),
  policy: z.string().optional(),
});

/** The initial buses: the default bus of the account, and the bus of the service. */
export const INITIAL_BUSES: readonly string[] = ['default', 'event-trackers'];
// EventBridge quotas: 100 event buses of an account and Region; the size of a policy.
const MAX_BUSES = 100;
const MAX_POLICY_BYTES = 10 * 1024;

/** The event buses of all accounts, on disk when a path is given. */
export class EventBuses {
  readonly #buses: DurableMap<EventBus>;
  readonly #clock: Clock;

  constructor(clock: Clock, path?: string) {
    this.#clock = clock;
    this.#buses = new DurableMap(path, eventBus);
    for (const name of INITIAL_BUSES) {
      if (!this.#buses.has(name)) this.#buses.set(name, { name, createdAt: clock() });
    }
  }

  /** @throws AwsError ResourceAlreadyExistsException, LimitExceededException */
  create(name: string, description?: string): EventBus {
    if (this.#buses.has(name)) {
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${shortName(name)} already exists.`);
    }
    if (this.of(accountOf(name)).length >= MAX_BUSES) {
      throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    }
    const bus: EventBus = { name, createdAt: this.#clock(), ...(description === undefined ? {} : { description }) };
    this.#buses.set(name, bus);
    return bus;
  }

  /** The bus with a name or ARN (default: the default bus). @throws AwsError ResourceNotFoundException */
  get(nameOrArn?: string): EventBus {
    const bus = this.find(nameOrArn);
    if (bus === undefined) {
      throw new AwsError('ResourceNotFoundException', `Event bus ${shortName(busName(nameOrArn))} does not exist.`);
    }
    return bus;
  }
  find(nameOrArn?: string): EventBus | undefined {
    const name = busName(nameOrArn);
    // Every account has a default bus.
    if (shortName(name) === 'default' && !this.#buses.has(name)) return this.create(name);
    return this.#buses.get(name);
  }
  /** The buses of an account. */
  of(account: string): EventBus[] {
    return [...this.#buses.values()].filter(({ name }) => accountOf(name) === account);
  }
  /** Replaces the policy; removes it if there is none. @throws AwsError ResourceNotFoundException, PolicyLengthExceededException */
  setPolicy(name: string, policy: string | undefined): void {
    if (policy !== undefined && Buffer.byteLength(policy) > MAX_POLICY_BYTES) {
      throw new AwsError('PolicyLengthExceededException', `A policy has at most ${MAX_POLICY_BYTES} bytes.`);
    }
    const { policy: _, ...bus } = this.get(name);
    this.#buses.set(bus.name, { ...bus, ...(policy !== undefined && { policy }) });
  }
  /** Like AWS, succeeds if there is no such bus. */
  delete(name: string): void {
    this.#buses.delete(name);
  }
  close(): void {
    this.#buses.close();
  }
}
