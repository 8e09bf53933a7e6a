import * as z from 'zod';
import { DurableMap } from './durable-map.ts';
import { localJson, localRoutes, parseLocal } from './local-request.ts';
import type { WireService } from './wire.ts';

/** A fault for the next `times` calls of an operation. Each service defines its faults and their additional fields. */
export interface InjectedFault {
  readonly operation: string;
  readonly times: number;
  readonly fault: string;
}
export type ServiceFault = InjectedFault & { readonly service: string; readonly datasetGroupArn?: string };

/** The injected faults of one service, in the order of injection. */
export interface Faults<Fault extends InjectedFault> {
  add(fault: Fault): void;
  /** The remaining faults; `times` is the number of calls left. */
  list(): Fault[];
  clear(): void;
  /** Returns the first fault for this operation that applies to the call, and reduces its `times` by one. */
  take(operation: string, fits?: (fault: Fault) => boolean): Fault | undefined;
}

export const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`;

/** A fault without additional fields. */
export const faultSchema = <Fault extends string>(operations: readonly string[], faults: readonly Fault[]) =>
  z.strictObject({
    operation: z.enum(operations, oneOf(operations)),
    times: TIMES,
    fault: z.enum(faults, oneOf(faults)),
  });
/** The number of calls that a fault affects. */
export const TIMES = z.int().min(1).max(1_000_000).default(1);

/**
 * Fault injection for all services of the local runtime, through `/_faults`. Injected faults survive a restart; without a file they
 * are in memory only.
 */
const stored: z.ZodType<ServiceFault> = z.looseObject({
  service: z.string(),
  operation: z.string(),
  times: z.int().min(1),
  fault: z.string(),
});

export class FaultInjection {
  readonly #left: DurableMap<ServiceFault>;
  readonly #schemas = new Map<string, z.ZodType<InjectedFault>>();
  readonly #listeners = new Set<() => void>();
  #last: number;

  constructor(file?: string) {
    this.#left = new DurableMap(file, stored, /^\d{1,15}$/);
    this.#last = Math.max(0, ...[...this.#left.keys()].map(Number));
  }

  /** The faults of a service. @param service its signing name @param schema validates a fault */
  of<Fault extends InjectedFault>(service: string, schema: z.ZodType<Fault>): Faults<Fault> {
    this.#schemas.set(service, schema);
    const ofService = z.preprocess(({ service: _, ...fault }: ServiceFault) => fault, schema);
    this.#left.check(ofService, (fault) => fault.service === service);
    const entries = () =>
      [...this.#left.entries()].flatMap(([key, { service: name, ...fault }]) =>
        // The schema of this service has validated it.
        name === service ? [[key, fault as unknown as Fault] as const] : [],
      );
    return {
      add: (fault) => this.#add({ service, ...fault }),
      list: () => entries().map(([, fault]) => fault),
      clear: () => this.#clear(service),
      take: (operation, fits = () => true) => {
        const [key, fault] = entries().find(([, each]) => each.operation === operation && fits(each)) ?? [];
        if (key === undefined || fault === undefined) return undefined;
        if (fault.times === 1) this.#left.delete(key);
        else this.#left.set(key, { service, ...fault, times: fault.times - 1 });
        this.#changed();
        return fault;
      },
    };
  }

  /** POST {service, operation, times?, fault, …} adds a fault, GET lists the remaining ones, DELETE removes them; both accept `?service=`. */
  get wire(): WireService {
    const list = (service: string | null) =>
      localJson({ faults: [...this.#left.values()].filter((each) => service === null || each.service === service) });
    return localRoutes({
      '/_faults': {
        GET: ({ query }) => list(query.get('service')),
        POST: (request) => {
          const { service, ...asked } = parseLocal(this.#named(), request);
          const body = Buffer.from(JSON.stringify(asked));
          const fault = parseLocal(this.#schemas.get(service) ?? z.never(), { ...request, body });
          this.#add({ service, ...fault });
          return localJson({ service, ...fault }, 201);
        },
        DELETE: ({ query }) => {
          this.#clear(query.get('service'));
          return list(null);
        },
      },
    });
  }

  /** The remaining faults of all services by their ids, oldest first. */
  entries(): (readonly [id: string, fault: ServiceFault])[] {
    return [...this.#left.entries()];
  }

  /** Removes one fault. @returns false if there is no such fault (any more) */
  remove(id: string): boolean {
    const isRemoved = this.#left.delete(id);
    if (isRemoved) this.#changed();
    return isRemoved;
  }

  /** What validates a fault of each service, by the service's signing name. */
  get schemas(): ReadonlyMap<string, z.ZodType<InjectedFault>> {
    return this.#schemas;
  }

  /** Calls `listener` after every change of the remaining faults. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#left.close();
  }

  #named() {
    const services = [...this.#schemas.keys()];
    return z.looseObject({ service: z.enum(services, oneOf(services)) });
  }

  #add(fault: ServiceFault): void {
    this.#last += 1;
    this.#left.set(String(this.#last), fault);
    this.#changed();
  }

  #clear(service: string | null): void {
    for (const [key, fault] of [...this.#left.entries()]) {
      if (service === null || fault.service === service) this.#left.delete(key);
    }
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
