import * as z from 'zod';
import { BoundedLog } from '../bounded-log.ts';
import { DurableMap } from '../durable-map.ts';
import { FaultInjection, type Faults } from '../fault-injection.ts';
import { AwsError, type Clock, type Place } from '../wire.ts';
import { type Call, callSchema, parametersOf } from './calls.ts';
import { seedDemoGroup } from './demo.ts';
import { errorOf, type Fault, isInjectedIn, personalizeFault, twistOf } from './faults.ts';
import { type DatasetEntry, Interactions } from './interactions.ts';
import type { Timing } from './lifecycle.ts';
import type { Twist } from './operation.ts';
import { isOperationName, OPERATIONS, type OperationName, type Outputs } from './operations.ts';
import { Quotas, type QuotaValues } from './quotas.ts';
import { durablePath, PersonalizeState, type Tag } from './state.ts';
import { Throttle, type ThrottleSettings } from './throttle.ts';

/** The response of a call, due `delayMs` (milliseconds) after it. The core never waits; its caller does. */
export type Reply<O> = { readonly delayMs: number } & (
  | { readonly kind: 'output'; readonly output: O }
  | { readonly kind: 'error'; readonly error: AwsError }
  /** The connection breaks without a response. */
  | { readonly kind: 'cut' }
  /** The response can't be read. */
  | { readonly kind: 'garbled' }
);

type Input = Readonly<Record<string, unknown>>;
type Acted<O> = { readonly output: O } | { readonly error: AwsError };
interface Landing {
  /** Milliseconds since the epoch; absent: right after the next call of this operation on this dataset group. */
  readonly at?: number;
  readonly operation: OperationName;
  readonly input: Input;
}

const landingSchema: z.ZodType<Landing> = z.object({
  at: z.number().optional(),
  operation: z.custom<OperationName>((name) => typeof name === 'string' && isOperationName(name), 'is unknown'),
  input: z.record(z.string(), z.unknown()),
});

/** The number of latest calls to keep, also across restarts. */
const MAX_CALLS = 10_000;

export interface SimulatorOptions {
  readonly clock: Clock;
  /** The folder of the state; absent: in memory. */
  readonly directory?: string | undefined;
  /** The quota of dataset groups; absent: as before, at first any number. */
  readonly datasetGroupQuota?: number | undefined;
  /** The account and Region; absent: those of the local runtime. */
  readonly place?: Place | undefined;
  /** The runtime's; absent: the simulator's own, in `directory`. */
  readonly faults?: FaultInjection | undefined;
  /** Called after each change of the timing, the throttle or the quotas. */
  readonly onSettings?: (() => void) | undefined;
}

/**
 * Amazon Personalize's event trackers and what they need, in one account and Region, without sockets and timers. A call is a function call, and whatever changes
 * with time is computed from the records and the clock. So a benchmark can set the clock, and a simulator that opens the directory of
 * a killed one continues where that one stopped.
 */
export class PersonalizeSimulator {
  readonly #clock: Clock;
  readonly #onSettings: () => void;
  readonly #quotas: Quotas;
  readonly #throttle: Throttle;
  readonly #state: PersonalizeState;
  readonly #interactions: Interactions;
  readonly #ownFaults: FaultInjection | undefined;
  readonly #faults: Faults<Fault>;
  readonly #calls: BoundedLog<Call>;
  readonly #landings: DurableMap<Landing>;
  #lastLanding: number;
  /** The latest time of a call or of a transition, from earlier runs too. */
  #latest: number;
  /** How far the simulator's time is ahead of the clock, because the clock was set back, in milliseconds. */
  #ahead = 0;

  constructor({ clock, directory, datasetGroupQuota, faults, place, onSettings = () => {} }: SimulatorOptions) {
    this.#clock = clock;
    this.#onSettings = onSettings;
    this.#quotas = new Quotas(directory, datasetGroupQuota);
    this.#throttle = new Throttle(directory);
    this.#state = new PersonalizeState(directory, place);
    this.#interactions = new Interactions(directory);
    this.#ownFaults = faults ? undefined : new FaultInjection(durablePath(directory, 'faults'));
    this.#faults = (faults ?? this.#ownFaults ?? new FaultInjection()).of('personalize', personalizeFault);
    this.#calls = new BoundedLog(durablePath(directory, 'calls'), MAX_CALLS, callSchema);
    this.#landings = new DurableMap(durablePath(directory, 'landings'), landingSchema, /^\d{1,15}$/);
    this.#lastLanding = Math.max(0, ...[...this.#landings.keys()].map(Number));
    this.#latest = Math.max(this.#state.latest, ...this.#calls.values().map(({ time }) => Date.parse(time)));
  }

  /**
   * One call of an operation, with its input and output as they go over the wire. Errors are Personalize's, as replies;
   * only a mistake of the simulator itself is thrown.
   */
  call<N extends OperationName>(operation: N, input: Input): Reply<Outputs[N]> {
    const now = this.#now();
    const waiting = this.#waitingFor(operation, input);
    const reply = this.#call(operation, input, now);
    for (const [key, landing] of waiting) this.#land(key, landing, now);
    return reply;
  }
  #call<N extends OperationName>(operation: N, input: Input, now: number): Reply<Outputs[N]> {
    if (!this.#throttle.admits(operation, now)) {
      const error = new AwsError('ThrottlingException', 'Rate exceeded');
      this.#record(now, operation, input, { outcome: error.code });
      return { kind: 'error', error, delayMs: 0 };
    }
    const fault = this.#faults.take(
      operation,
      (each) =>
        isInjectedIn(this.#state.place, each) &&
        (each.datasetGroupArn === undefined || each.datasetGroupArn === this.#groupOf(operation, input)),
    );
    const refusal = fault && errorOf(operation, fault);
    if (refusal) {
      this.#record(now, operation, input, { outcome: refusal.code, fault: fault.fault });
      return { kind: 'error', error: refusal, delayMs: 0 };
    }
    if (fault?.fault === 'late-act') {
      this.#lastLanding += 1;
      const at = fault.afterNextCall ? {} : { at: now + (fault.delayMs ?? 0) };
      this.#landings.set(String(this.#lastLanding), { ...at, operation, input });
      this.#record(now, operation, input, { outcome: 'late-act', fault: fault.fault });
      return { kind: 'cut', delayMs: 0 };
    }
    const acted = this.#act(operation, input, now, fault && twistOf(fault));
    const outcome = 'output' in acted ? 'OK' : acted.error.code;
    if (fault?.fault === 'lost-answer') {
      this.#record(now, operation, input, { outcome: 'lost-answer', fault: fault.fault, act: outcome });
      if (fault.as !== '500') return { kind: 'cut', delayMs: 0 };
      const error = new AwsError('InternalServerException', 'The service failed after it acted.', 500);
      return { kind: 'error', error, delayMs: 0 };
    }
    if (fault?.fault === 'garbled') {
      this.#record(now, operation, input, { outcome: 'garbled', fault: fault.fault, act: outcome });
      return { kind: 'garbled', delayMs: 0 };
    }
    this.#record(now, operation, input, { outcome, ...(fault && { fault: fault.fault }) });
    const delayMs = fault?.fault === 'delay' ? (fault.delayMs ?? 0) : 0;
    return 'output' in acted
      ? { kind: 'output', output: acted.output, delayMs }
      : { kind: 'error', error: acted.error, delayMs };
  }

  /** Records a call that was refused before it came to an operation (unknown, or no JSON). */
  recordRefused(operation: string, error: AwsError): void {
    this.#record(this.#now(), operation.slice(0, 100), {}, { outcome: error.code });
  }

  /** The calls since the last `clearCalls`, oldest first. The latest 10,000 are kept, also across restarts. */
  calls(): Call[] {
    this.#now();
    return this.#calls.values();
  }
  clearCalls(): void {
    this.#now();
    this.#calls.removeWhere(() => true);
  }

  /** The interactions, items and users that were put into datasets, by dataset ARN. */
  interactions(): Record<string, DatasetEntry[]> {
    this.#now();
    return this.#interactions.byDataset();
  }

  /** The account and Region. */
  get place(): Place {
    return this.#state.place;
  }
  /** The tags of a resource, for the conditions of policies; none if it does not exist. */
  tagsOf(arn: string): readonly Tag[] {
    const now = this.#now();
    const { tags = [] } =
      this.#state.tracker(arn, now) ?? this.#state.group(arn, now) ?? this.#state.dataset(arn, now) ?? {};
    return tags;
  }
  get timing(): Timing {
    return this.#state.timing;
  }
  /** Changes some of the times. They apply to creations and deletions that start from now on. */
  setTiming(times: Partial<Timing>): Timing {
    this.#now();
    this.#state.timing = { ...this.#state.timing, ...times };
    this.#onSettings();
    return this.#state.timing;
  }

  /** Whatever is being created or deleted has `ms` milliseconds less to go. */
  advance(ms: number): void {
    this.#state.advance(this.#now(), ms);
  }

  get quotas(): QuotaValues {
    return this.#quotas.values;
  }
  /** Changes some of the quotas. */
  setQuotas(values: Partial<QuotaValues>): QuotaValues {
    const changed = this.#quotas.set(values);
    this.#onSettings();
    return changed;
  }

  /** The throttle of calls; undefined: none. */
  get throttle(): ThrottleSettings | undefined {
    return this.#throttle.settings;
  }
  /** Replaces the throttle, or removes it. */
  setThrottle(settings: ThrottleSettings | undefined): void {
    this.#throttle.set(settings);
    this.#onSettings();
  }

  /** Injects a fault into the next `times` matching calls, after the faults that were injected earlier. */
  addFault(fault: Fault): void {
    this.#faults.add(fault);
  }
  faults(): Fault[] {
    return this.#faults.list();
  }
  /** Removes the remaining faults. A late act that is pending still takes effect. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Puts the dataset group `acme-shop`, ACTIVE and with an Interactions dataset, into a state that never had a group. */
  seedDemoGroup(): void {
    seedDemoGroup(this.#state, this.#now());
  }

  close(): void {
    const parts = [
      this.#state,
      this.#interactions,
      this.#ownFaults,
      this.#calls,
      this.#landings,
      this.#quotas,
      this.#throttle,
    ];
    for (const part of parts) part?.close();
  }

  /**
   * The time, once every late act that was due by then has landed. It is never earlier than before, and goes on at the clock's pace
   * after the clock was set back.
   */
  #now(): number {
    const time = this.#clock() + this.#ahead;
    this.#ahead += Math.max(0, this.#latest - time);
    this.#latest = Math.max(this.#latest, time);
    for (let next = this.#nextLanding(); next !== undefined; next = this.#nextLanding()) {
      const [key, landing] = next;
      this.#land(key, landing, landing.at);
    }
    return this.#latest;
  }
  #nextLanding(): [string, Landing & { at: number }] | undefined {
    let next: [string, Landing & { at: number }] | undefined;
    for (const [key, landing] of this.#landings.entries()) {
      const { at } = landing;
      if (at !== undefined && at <= this.#latest && (next === undefined || at < next[1].at))
        next = [key, { ...landing, at }];
    }
    return next;
  }
  /** The late acts that take effect right after this call. */
  #waitingFor(operation: OperationName, input: Input): [string, Landing][] {
    const group = this.#groupOf(operation, input);
    return [...this.#landings.entries()].filter(
      ([, { at, operation: other, input: otherInput }]) =>
        at === undefined && other === operation && this.#groupOf(other, otherInput) === group,
    );
  }
  #land(key: string, { operation, input }: Landing, at: number): void {
    try {
      const acted = this.#act(operation, input, at);
      const act = 'output' in acted ? 'OK' : acted.error.code;
      this.#record(at, operation, input, { outcome: 'late-act-landed', fault: 'late-act', act });
    } finally {
      this.#landings.delete(key);
    }
  }

  #act<N extends OperationName>(operation: N, input: Input, now: number, twist?: Twist): Acted<Outputs[N]> {
    const context = {
      state: this.#state,
      interactions: this.#interactions,
      now,
      twist,
      datasetGroupQuota: this.#quotas.values.datasetGroups ?? undefined,
    };
    try {
      return { output: OPERATIONS[operation].run(input, context) };
    } catch (error) {
      if (error instanceof AwsError) return { error };
      throw error;
    }
  }

  #record(now: number, operation: string, input: Input, result: Pick<Call, 'outcome' | 'fault' | 'act'>): void {
    const members = isOperationName(operation) ? OPERATIONS[operation].members : [];
    const parameters = parametersOf(operation, members, input);
    this.#calls.append({ time: new Date(now).toISOString(), operation, parameters, ...result });
  }

  #groupOf(operation: OperationName, input: Input): string | undefined {
    if (typeof input.datasetGroupArn === 'string') return input.datasetGroupArn;
    if (operation === 'CreateDatasetGroup') return this.#state.arnOf(`dataset-group/${input.name}`);
    const id = input.eventTrackerArn ?? input.datasetArn ?? input.resourceArn ?? input.trackingId;
    return typeof id === 'string' ? this.#state.groupOf(id) : undefined;
  }
}
