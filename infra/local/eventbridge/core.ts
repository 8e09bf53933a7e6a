import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { BoundedLog } from '../bounded-log.ts';
import { FaultInjection } from '../fault-injection.ts';
import { AwsError, type Clock, printable } from '../wire.ts';
import { EventBuses, INITIAL_BUSES } from './buses.ts';
import {
  checkSize,
  type EntryFailure,
  type EventBridgeEnvelope,
  eventOf,
  isEntryFailure,
  type PutEventsEntry,
} from './event.ts';
import { EventIndex } from './event-index.ts';
import { eventBridgeFault, meetFault } from './faults.ts';
import { busArn, busName, ruleArn } from './names.ts';
import type { EventPattern } from './pattern.ts';
import { type Rule, Rules, type Target } from './rules.ts';
import { inputFor } from './target-input.ts';

/**
 * Delivers a matched event to a target. `target.input` is the input: the whole event, unless the target has an Input or InputPath. A
 * rejection is recorded as a failed invocation.
 */
export type Deliver = (
  target: { readonly arn: string; readonly ruleArn: string; readonly input: unknown },
  event: EventBridgeEnvelope,
) => Promise<void>;

/** A failed delivery; `time` is ISO 8601. */
export interface FailedInvocation {
  readonly time: string;
  readonly ruleArn: string;
  readonly targetArn: string;
  readonly error: string;
}

export type PutEventsResultEntry = { readonly EventId: string } | EntryFailure;

export interface EventBridgeOptions {
  readonly clock: Clock;
  /** An existing folder for the state. Without it, the state is in memory only. */
  readonly directory?: string;
  readonly deliver: Deliver;
  readonly faults?: FaultInjection;
}

/** An event that a bus took. */
export interface TakenEvent {
  readonly bus: string;
  readonly event: EventBridgeEnvelope;
}

/** How many events are kept; older ones can't be replayed. */
const KEPT_EVENTS = 10_000;
const KEPT_FAILED_INVOCATIONS = 1000;

/** EventBridge without the network protocol: buses, rules, the event log and deliveries. */
export class EventBridge {
  readonly buses: EventBuses;
  readonly rules: Rules;
  /** Everything that the buses took, in order. */
  readonly log: BoundedLog<TakenEvent>;
  readonly #faults;
  readonly #clock: Clock;
  readonly #deliver: Deliver;
  #isClosed = false;
  readonly #failed = new BoundedLog<FailedInvocation>(undefined, KEPT_FAILED_INVOCATIONS);

  constructor({ clock, directory, deliver, faults = new FaultInjection() }: EventBridgeOptions) {
    this.#faults = faults.of('events', eventBridgeFault);
    const file = (name: string) => (directory === undefined ? undefined : join(directory, name));
    this.#clock = clock;
    this.#deliver = deliver;
    this.buses = new EventBuses(clock, file('event-buses.jsonl'));
    this.rules = new Rules(file('event-rules.jsonl'));
    this.log = new BoundedLog(file('events.jsonl'), KEPT_EVENTS);
  }

  /**
   * Accepts 1 to 10 entries. Valid entries are in the log when this returns, and are delivered to the targets of matching rules. Like AWS,
   * drops an event for an unknown bus and reports success (github.com/aws/aws-cli/issues/9186); a line in the terminal says so.
   * @throws AwsError ValidationException if the entries are too large; or an injected fault
   */
  putEvents(entries: readonly PutEventsEntry[]): readonly PutEventsResultEntry[] {
    const injected = this.#faults.take('PutEvents');
    const failure = injected && meetFault(injected.fault);
    checkSize(entries);
    return entries.map((entry) => failure ?? this.#take(entry));
  }

  #take(entry: PutEventsEntry): PutEventsResultEntry {
    const event = eventOf(entry, randomUUID(), this.#clock);
    if (isEntryFailure(event)) return event;
    const bus = this.buses.find(entry.EventBusName);
    if (bus === undefined) {
      console.warn(
        `PutEvents: the event bus ${printable(busName(entry.EventBusName))} does not exist. Its event was dropped, as on AWS.`,
      );
      return { EventId: event.id };
    }
    this.log.append({ bus: bus.name, event });
    void this.#dispatch(bus.name, event);
    return { EventId: event.id };
  }

  /**
   * Delivers an event to the targets of the rules that match. This starts after the response to PutEvents, so that a publisher never waits
   * for a subscriber, and matches one rule per turn of the event loop, so that 300 rules do not hold up other requests.
   */
  async #dispatch(bus: string, event: EventBridgeEnvelope): Promise<void> {
    const rules = this.rules.enabledOn(bus);
    let index: EventIndex | undefined;
    for (const { rule, matches } of rules) {
      await macrotask();
      if (this.#isClosed) return;
      index ??= new EventIndex(event);
      for (const target of this.#targetsOf(rule, matches, index)) {
        const destination = { arn: target.Arn, ruleArn: ruleArn(bus, rule.name), input: inputFor(target, event) };
        this.#deliver(destination, event).catch((error: unknown) => this.#recordFailure(destination, error));
      }
    }
  }

  #targetsOf(rule: Rule, matches: EventPattern, index: EventIndex): readonly Target[] {
    try {
      return matches(index) ? rule.targets : [];
    } catch (error) {
      for (const { Arn: arn } of rule.targets)
        this.#recordFailure({ arn, ruleArn: ruleArn(rule.bus, rule.name) }, error);
      return [];
    }
  }

  #recordFailure({ arn, ruleArn }: Pick<Parameters<Deliver>[0], 'arn' | 'ruleArn'>, error: unknown): void {
    this.#failed.append({
      time: new Date(this.#clock()).toISOString(),
      ruleArn,
      targetArn: arn,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    });
  }

  /** The latest failed invocations, oldest first, and their number since the start. */
  failedInvocations(): { readonly count: number; readonly failedInvocations: readonly FailedInvocation[] } {
    return { count: this.#failed.last, failedInvocations: this.#failed.values() };
  }

  /**
   * Like AWS, succeeds if there is no such bus.
   * @throws AwsError ValidationException for an initial bus, or a bus with rules
   */
  deleteEventBus(nameOrArn: string): void {
    const name = busName(nameOrArn);
    if (INITIAL_BUSES.includes(name)) throw new AwsError('ValidationException', `Cannot delete event bus ${name}.`);
    if (this.rules.on(name).length > 0) {
      throw new AwsError('ValidationException', `Cannot delete event bus ${busArn(name)} since it has rules.`);
    }
    this.buses.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    this.log.close();
    this.rules.close();
    this.buses.close();
  }
}
