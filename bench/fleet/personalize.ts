import type { PersonalizeClient } from '@aws-sdk/client-personalize';
import { isOperationName, type OperationName } from '../../infra/local/personalize/operations.ts';
import { PersonalizeSimulator } from '../../infra/local/personalize/simulator.ts';
import type { ThrottleSettings } from '../../infra/local/personalize/throttle.ts';
import type { VirtualClock } from './clock.ts';
import { varied } from './timing.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/';
const SCHEMA = 'arn:aws:personalize:us-east-1:123456789012:schema/acme-shop-interactions';
export const groupArn = (name: string): string => `${GROUP}${name}`;

type Input = Readonly<Record<string, unknown>>;

/** Personalize with its throttle, as a fleet calls it. */
export class ThrottledPersonalize {
  readonly simulator: PersonalizeSimulator;
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #callMs: number;
  readonly #creationMs: (datasetGroupArn: string) => number;
  readonly calls = { made: 0, throttled: 0, polls: 0 };
  /** When CreateEventTracker succeeded, by dataset group. */
  readonly createdAt = new Map<string, number>();

  /**
   * @param groups the names of the dataset groups, which exist with their Interactions dataset
   * @param creationMs how long the creation of a group's tracker takes
   */
  constructor(
    groups: readonly string[],
    creationMs: (datasetGroupArn: string) => number,
    throttle: ThrottleSettings | undefined,
    { clock, random, callMs }: { clock: VirtualClock; random: () => number; callMs: number },
  ) {
    this.simulator = new PersonalizeSimulator({ clock: clock.now });
    this.#clock = clock;
    this.#random = random;
    this.#callMs = callMs;
    this.#creationMs = creationMs;
    this.simulator.seedDemoGroup();
    this.simulator.setTiming({ datasetGroupMs: 0, datasetMs: 0, createPendingMs: 0 });
    for (const name of groups) {
      this.simulator.call('CreateDatasetGroup', { name });
      const dataset = { name: 'interactions', datasetType: 'Interactions', schemaArn: SCHEMA };
      this.simulator.call('CreateDataset', { ...dataset, datasetGroupArn: groupArn(name) });
    }
    this.setThrottle(throttle);
  }

  setThrottle(throttle: ThrottleSettings | undefined): void {
    this.simulator.setThrottle(throttle);
  }

  /** Makes a call. @throws an error as the SDK's */
  async call(operation: OperationName, input: Input): Promise<object> {
    await this.#clock.sleep(varied(this.#callMs / 2, this.#random));
    const group = String(input.datasetGroupArn);
    if (operation === 'CreateEventTracker') {
      this.simulator.setTiming({ createInProgressMs: Math.round(this.#creationMs(group)) });
    }
    const reply = this.simulator.call(operation, input);
    this.calls.made += 1;
    if (operation === 'DescribeEventTracker') this.calls.polls += 1;
    if (reply.kind === 'error' && reply.error.code === 'ThrottlingException') this.calls.throttled += 1;
    if (reply.kind === 'output' && operation === 'CreateEventTracker') this.createdAt.set(group, this.#clock.time);
    await this.#clock.sleep(varied(this.#callMs / 2, this.#random));
    if (reply.kind === 'output') return { ...withDates(reply.output ?? {}), $metadata: {} };
    if (reply.kind !== 'error') throw new Error(`The simulator answered with ${reply.kind}, which no fault asked for.`);
    const { code, message, status } = reply.error;
    throw Object.assign(new Error(message), { name: code, $fault: 'client', $metadata: { httpStatusCode: status } });
  }

  /** The SDK's client, as far as the gateway uses it: without its wire, which would take most of the time of a run. */
  get client(): PersonalizeClient {
    const send = (command: { constructor: { name: string }; input: Input }) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      if (!isOperationName(operation)) throw new Error(`${operation} is no operation of Personalize.`);
      return this.call(operation, command.input);
    };
    return { send } as unknown as PersonalizeClient;
  }
}

const TIMES = ['creationDateTime', 'lastUpdatedDateTime'];

/** Times as the SDK reads them: on the wire they are seconds. */
const withDates = (output: object): object =>
  Object.fromEntries(
    Object.entries(output).map(([key, value]) => {
      if (TIMES.includes(key)) return [key, new Date(value * 1000)];
      if (Array.isArray(value)) return [key, value.map((each) => (typeof each === 'object' ? withDates(each) : each))];
      return [key, typeof value === 'object' && value !== null ? withDates(value) : value];
    }),
  );
