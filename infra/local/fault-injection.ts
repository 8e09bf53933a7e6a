import * as z from 'zod';
import { DurableMap } from './durable-map.ts';
import { localJson, localRoutes, parseLocal } from './local-request.ts';
import type { WireService } from './wire.ts';

/** A fault that the next `times` calls of an operation meet. Which faults there are, and what else one says, is its service's. */
export interface InjectedFault {
  readonly operation: string;
  readonly times: number;
  readonly fault: string;
}
type ServiceFault = InjectedFault & { readonly service: string };

/** The injected faults of one service, in the order in which they were asked for. */
export interface Faults<Fault extends InjectedFault> {
  add(fault: Fault): void;
  /** With `times` as many as are left of each. */
  list(): Fault[];
  clear(): void;
  /** Uses up one time of the first fault of this operation that fits the call. */
  take(operation: string, fits?: (fault: Fault) => boolean): Fault | undefined;
}

export const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`;

/** A fault of a service whose faults say nothing more. */
export const faultSchema = <Fault extends string>(operations: readonly string[], faults: readonly Fault[]) =>
  z.strictObject({
    operation: z.enum(operations, oneOf(operations)),
    times: TIMES,
    fault: z.enum(faults, oneOf(faults)),
  });
/** How many calls meet a fault. */
export const TIMES = z.int().min(1).max(1_000_000).default(1);

/**
 * Fault injection of the local runtime: `/_faults` for all services. What is injected survives a restart, as everything that the
 * runtime was asked for does; without a file it lives in memory.
 */
export class FaultInjection {
  readonly #left: DurableMap<ServiceFault>;
  readonly #schemas = new Map<string, z.ZodType<InjectedFault>>();
  #last: number;

  constructor(file?: string) {
    this.#left = new DurableMap(file);
    this.#last = Math.max(0, ...[...this.#left.keys()].map(Number));
  }

  /** The faults of a service, named as AWS requests are signed for it; `schema` says what may be injected. */
  of<Fault extends InjectedFault>(service: string, schema: z.ZodType<Fault>): Faults<Fault> {
    this.#schemas.set(service, schema);
    const entries = () =>
      [...this.#left.entries()].flatMap(([key, { service: name, ...fault }]) =>
        // The schema of this service let it in.
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
        return fault;
      },
    };
  }

  /** POST {service, operation, times?, fault, …} adds one, GET lists what is left, DELETE clears; both take `?service=`. */
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
  }

  #clear(service: string | null): void {
    for (const [key, fault] of [...this.#left.entries()]) {
      if (service === null || fault.service === service) this.#left.delete(key);
    }
  }
}
