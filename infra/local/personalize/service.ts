import type { WireService } from '../wire.ts';
import { scriptWire } from './script.ts';
import { PersonalizeSimulator, type SimulatorOptions } from './simulator.ts';
import { controlWire, eventsWire } from './wires.ts';

export interface PersonalizeService {
  readonly core: PersonalizeSimulator;
  /** `x-amz-target: AmazonPersonalize.*`, JSON 1.1. */
  readonly control: WireService;
  /** `POST /events` of the service personalize-events, REST-JSON. */
  readonly events: WireService;
  /** `/_simulator/*`. */
  readonly script: WireService;
  /** Ends delayed responses and closes the files. */
  close(): void;
}

/**
 * The local Personalize: the simulator with its wires, and with the demo group if its state is empty. The state is in `directory` and
 * survives `kill -9`; without a directory, it is in memory only.
 */
export function createPersonalizeService(options: SimulatorOptions): PersonalizeService {
  const core = new PersonalizeSimulator(options);
  core.seedDemoGroup();
  const closing = new AbortController();
  return {
    core,
    control: controlWire(core, closing.signal),
    events: eventsWire(core, closing.signal),
    script: scriptWire(core),
    close() {
      closing.abort();
      core.close();
    },
  };
}
