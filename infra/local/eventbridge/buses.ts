import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { AwsError, type Clock } from '../wire.ts';
import { busName } from './names.ts';

/** An event bus; the times are milliseconds since the epoch. */
export interface EventBus {
  readonly name: string;
  readonly description?: string;
  readonly createdAt: number;
}

const eventBus: z.ZodType<EventBus> = z.object({
  name: z.string(),
  description: z.string().optional(),
  createdAt: z.number(),
});

/** The initial buses: the default bus of the account, and the bus of the service. */
export const INITIAL_BUSES: readonly string[] = ['default', 'event-trackers'];
// EventBridge quotas: 100 event buses a Region.
const MAX_BUSES = 100;

/** The event buses of the account, on disk when a path is given. */
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
      throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    }
    if (this.#buses.size >= MAX_BUSES) {
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
      throw new AwsError('ResourceNotFoundException', `Event bus ${busName(nameOrArn)} does not exist.`);
    }
    return bus;
  }
  find(nameOrArn?: string): EventBus | undefined {
    return this.#buses.get(busName(nameOrArn));
  }
  all(): EventBus[] {
    return [...this.#buses.values()];
  }
  /** Like AWS, succeeds if there is no such bus. */
  delete(name: string): void {
    this.#buses.delete(name);
  }
  close(): void {
    this.#buses.close();
  }
}
