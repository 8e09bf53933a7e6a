import { join } from 'node:path';
import { HOME, type Place, type WireService } from '../wire.ts';
import { scriptWire } from './script.ts';
import { PersonalizeSimulator, type SimulatorOptions } from './simulator.ts';
import { type Authorizer, controlWire, eventsWire } from './wires.ts';

export interface PersonalizeService {
  /** The simulator of the local runtime's own account and Region. */
  readonly core: PersonalizeSimulator;
  /** `x-amz-target: AmazonPersonalize.*`, JSON 1.1. */
  readonly control: WireService;
  /** `POST /events` of the service personalize-events, REST-JSON. */
  readonly events: WireService;
  /** `/_simulator/*`. */
  readonly script: WireService;
  /** The simulators that were called since the start, the runtime's own first. */
  cores(): readonly PersonalizeSimulator[];
  /** Calls `listener` after each change of a timing, throttle or quota, and when a simulator is added. */
  onSettings(listener: () => void): void;
  /** Ends delayed responses and closes the files. */
  close(): void;
}

export interface ServiceOptions extends Omit<SimulatorOptions, 'onSettings'> {
  /** Who calls, where, and whether the call is allowed. Absent: every call is one of the local runtime's own account and Region. */
  readonly authorizer?: Authorizer;
}

/**
 * The local Personalize: a simulator for each account and Region, made at its first call, with its own state, quota, throttle, timing and calls.
 * That of the runtime's own account and Region has the demo group if its state is empty. The state is in `directory` and survives
 * `kill -9`; without a directory, it is in memory only.
 */
export function createPersonalizeService({ authorizer, ...given }: ServiceOptions): PersonalizeService {
  let listener = (): void => {};
  const options: SimulatorOptions = { ...given, onSettings: () => listener() };
  const core = new PersonalizeSimulator(options);
  core.seedDemoGroup();
  const cores = new Map([[nameOf(HOME), core]]);
  const coreAt = (place: Place): PersonalizeSimulator => {
    const found = cores.get(nameOf(place));
    if (found !== undefined) return found;
    const directory = options.directory && join(options.directory, place.accountId, place.region);
    const made = new PersonalizeSimulator({ ...options, directory, place });
    cores.set(nameOf(place), made);
    listener();
    return made;
  };
  const closing = new AbortController();
  return {
    core,
    control: controlWire({ coreAt, authorizer }, closing.signal),
    events: eventsWire({ coreAt, authorizer }, closing.signal),
    script: scriptWire(coreAt),
    cores: () => [...cores.values()],
    onSettings(each) {
      listener = each;
    },
    close() {
      closing.abort();
      for (const each of cores.values()) each.close();
    },
  };
}

const nameOf = ({ accountId, region }: Place): string => `${accountId}/${region}`;
