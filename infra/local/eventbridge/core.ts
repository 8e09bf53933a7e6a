import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as macrotask, setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { BoundedLog } from '../bounded-log.ts';
import { FaultInjection } from '../fault-injection.ts';
import { ACCOUNT_ID, AwsError, type Clock, printable } from '../wire.ts';
import { maySend, rootOf, type Sender } from './bus-policy.ts';
import { type EventBus, EventBuses, INITIAL_BUSES } from './buses.ts';
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
import { accountOf, busArn, busName, isBusArn, ruleArn, shortName } from './names.ts';
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

type Destination = Parameters<Deliver>[0];

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
  /** Why a target cannot be reached; undefined if it can. By default every target can. */
  readonly refusalOf?: (arn: string) => string | undefined;
  /** The delays before a failed delivery is retried, in milliseconds. By default two retries, after 1 and 2 seconds. */
  readonly retryDelaysMs?: readonly number[];
  readonly faults?: FaultInjection;
}

/** An event that a bus took. */
export interface TakenEvent {
  readonly bus: string;
  readonly event: EventBridgeEnvelope;
}

const takenEvent: z.ZodType<TakenEvent> = z.object({
  bus: z.string(),
  event: z.object({
    version: z.literal('0'),
    id: z.string(),
    'detail-type': z.string(),
    source: z.string(),
    account: z.string(),
    time: z.iso.datetime(),
    region: z.string(),
    resources: z.array(z.string()),
    detail: z.record(z.string(), z.unknown()),
  }),
});

/** How many events are kept; older ones can't be replayed. */
const KEPT_EVENTS = 10_000;
const KEPT_FAILED_INVOCATIONS = 1000;

const HOME_SENDER: Sender = { account: ACCOUNT_ID, arn: rootOf(ACCOUNT_ID) };

/** EventBridge without the network protocol: buses, rules, the event log and deliveries. */
export class EventBridge {
  readonly buses: EventBuses;
  readonly rules: Rules;
  /** Everything that the buses took, in order. */
  readonly log: BoundedLog<TakenEvent>;
  readonly #faults;
  readonly #clock: Clock;
  readonly #deliver: Deliver;
  readonly #refusalOf: (arn: string) => string | undefined;
  readonly #retryDelaysMs: readonly number[];
  readonly #closing = new AbortController();
  readonly #failed = new BoundedLog<FailedInvocation>(undefined, KEPT_FAILED_INVOCATIONS, z.never());

  constructor(options: EventBridgeOptions) {
    const { clock, directory, deliver, refusalOf = () => undefined, retryDelaysMs = [1000, 2000] } = options;
    const { faults = new FaultInjection() } = options;
    this.#refusalOf = (arn) => (isBusArn(arn) ? undefined : refusalOf(arn));
    this.#retryDelaysMs = retryDelaysMs;
    this.#faults = faults.of('events', eventBridgeFault);
    const file = (name: string) => (directory === undefined ? undefined : join(directory, name));
    this.#clock = clock;
    this.#deliver = deliver;
    this.buses = new EventBuses(clock, file('event-buses.jsonl'));
    this.rules = new Rules(file('event-rules.jsonl'));
    this.log = new BoundedLog(file('events.jsonl'), KEPT_EVENTS, takenEvent);
  }

  /**
   * Accepts 1 to 10 entries. Valid entries are in the log when this returns, and are delivered to the targets of matching rules. Like AWS,
   * drops an event for an unknown bus and reports success (github.com/aws/aws-cli/issues/9186); a line in the terminal says so.
   * @param sender who signs the request
   * @throws AwsError ValidationException if the entries are too large; AccessDeniedException for a bus of another account whose policy does
   * not allow it; or an injected fault
   */
  putEvents(entries: readonly PutEventsEntry[], sender = HOME_SENDER): readonly PutEventsResultEntry[] {
    const injected = this.#faults.take('PutEvents');
    const failure = injected && meetFault(injected.fault);
    checkSize(entries);
    for (const { EventBusName, Source = '', DetailType = '' } of entries) {
      const bus = this.buses.find(busName(EventBusName, sender.account));
      if (bus && !isAdmitted(bus, sender, { source: Source, 'detail-type': DetailType })) {
        const message = `User: ${sender.arn} is not authorized to perform: events:PutEvents on resource: ${busArn(bus.name)}`;
        throw new AwsError('AccessDeniedException', message);
      }
    }
    return entries.map((entry) => failure ?? this.#take(entry, sender.account));
  }

  #take(entry: PutEventsEntry, account: string): PutEventsResultEntry {
    const event = eventOf(entry, randomUUID(), this.#clock, account);
    if (isEntryFailure(event)) return event;
    const bus = this.buses.find(busName(entry.EventBusName, account));
    if (bus === undefined) {
      console.warn(
        `PutEvents: the event bus ${printable(busName(entry.EventBusName, account))} does not exist. Its event was dropped, as on AWS.`,
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
  async #dispatch(bus: string, event: EventBridgeEnvelope, isForwarded = false): Promise<void> {
    const rules = this.rules.enabledOn(bus);
    let index: EventIndex | undefined;
    for (const { rule, matches } of rules) {
      await macrotask();
      if (this.#closing.signal.aborted) return;
      index ??= new EventIndex(event);
      for (const target of this.#targetsOf(rule, matches, index, event)) {
        const destination = { arn: target.Arn, ruleArn: ruleArn(bus, rule.name), input: inputFor(target, event) };
        if (isBusArn(target.Arn)) {
          const account = accountOf(bus);
          // EventBridge does not send on to a third bus what one bus received from another, which also ends loops.
          if (!isForwarded) this.#forward(destination, { account, arn: target.RoleArn ?? rootOf(account) }, event);
          continue;
        }
        void this.#invoke(destination, event, target.RetryPolicy?.MaximumRetryAttempts);
      }
    }
  }

  /** Puts an event on another bus as it is: also its account stays that of its source. A refusal is not retried. */
  #forward(destination: Destination, sender: Sender, event: EventBridgeEnvelope): void {
    const bus = this.buses.find(destination.arn);
    if (bus === undefined || !isAdmitted(bus, sender, event)) {
      const problem = bus === undefined ? 'does not exist' : `does not allow ${sender.arn} to put events on it`;
      this.#recordFailure(destination, event, `The event bus ${problem}.`);
      return;
    }
    this.log.append({ bus: bus.name, event });
    void this.#dispatch(bus.name, event, true);
  }

  /** Delivers an event, and retries. A target that cannot be reached, and a delivery that fails until the end, is a failed invocation. */
  async #invoke(
    destination: Destination,
    event: EventBridgeEnvelope,
    maxRetries = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const refusal = this.#refusalOf(destination.arn);
    if (refusal !== undefined) {
      this.#recordFailure(destination, event, refusal);
      return;
    }
    const delays = this.#retryDelaysMs.slice(0, maxRetries);
    for (let retries = 0; !this.#closing.signal.aborted; retries++) {
      try {
        await this.#deliver(destination, event);
        return;
      } catch (error) {
        const delay = delays[retries];
        if (delay === undefined) {
          this.#recordFailure(destination, event, error);
          return;
        }
        await sleep(delay, undefined, { signal: this.#closing.signal }).catch(() => {});
      }
    }
  }

  #targetsOf(rule: Rule, matches: EventPattern, index: EventIndex, event: EventBridgeEnvelope): readonly Target[] {
    try {
      return matches(index) ? rule.targets : [];
    } catch (error) {
      for (const { Arn: arn } of rule.targets) {
        this.#recordFailure({ arn, ruleArn: ruleArn(rule.bus, rule.name) }, event, error);
      }
      return [];
    }
  }

  #recordFailure({ arn, ruleArn }: Omit<Destination, 'input'>, event: EventBridgeEnvelope, reason: unknown): void {
    const error = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    this.#failed.append({ time: new Date(this.#clock()).toISOString(), ruleArn, targetArn: arn, error });
    console.warn(`${nameOf(event)} could not be delivered to ${arn}: ${error}`);
  }

  /**
   * Adds targets to a rule. Targets that cannot be reached are not added.
   * @returns why, for each of them
   * @throws AwsError as Rules.putTargets
   */
  putTargets(bus: string, rule: string, targets: readonly Target[]): ({ readonly TargetId: string } & EntryFailure)[] {
    const refusals = targets.map(({ Arn }) => this.#refusalOf(Arn));
    this.rules.putTargets(
      bus,
      rule,
      targets.filter((_, index) => refusals[index] === undefined),
    );
    return targets.flatMap(({ Id }, index) => {
      const refusal = refusals[index];
      return refusal === undefined ? [] : [{ TargetId: Id, ErrorCode: 'ValidationException', ErrorMessage: refusal }];
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
    if (INITIAL_BUSES.includes(name) || shortName(name) === 'default')
      throw new AwsError('ValidationException', `Cannot delete event bus ${name}.`);
    if (this.rules.on(name).length > 0) {
      throw new AwsError('ValidationException', `Cannot delete event bus ${busArn(name)} since it has rules.`);
    }
    this.buses.delete(name);
  }

  close(): void {
    this.#closing.abort();
    this.log.close();
    this.rules.close();
    this.buses.close();
  }
}

const isAdmitted = (
  { name, policy }: EventBus,
  sender: Sender,
  event: Pick<EventBridgeEnvelope, 'source' | 'detail-type'>,
): boolean => maySend({ account: accountOf(name), policy }, sender, event);

/** An event for a line in the terminal: with its tracker, if it has one. */
function nameOf({ id, 'detail-type': type, detail: { data } }: EventBridgeEnvelope): string {
  const tracker =
    typeof data === 'object' && data !== null && 'trackerId' in data ? ` of ${printable(String(data.trackerId))}` : '';
  return `The event ${id} (${printable(type)})${tracker}`;
}
