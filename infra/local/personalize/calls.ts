import { BoundedLog } from './bounded-log.ts';
import type { FaultName } from './faults.ts';
import { durablePath } from './state.ts';

/** The newest calls kept, over restarts too. */
const MAX_CALLS = 10_000;
const MAX_TEXT = 300;

/** A call as `GET /_simulator/calls` tells it. */
export interface Call {
  /** ISO 8601; of a late act's landing, when it landed. */
  readonly time: string;
  readonly operation: string;
  /** The input's known members, long texts cut; of PutEvents only what its events were, nothing of who sent them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `OK`, an error code, `lost-answer`, `garbled`, `late-act` (nothing happened yet) or `late-act-landed`. */
  readonly outcome: string;
  /** The fault that met the call. */
  readonly fault?: FaultName;
  /** Behind a lost or garbled answer or a landing: what the act came to, `OK` or an error code. */
  readonly act?: string;
}

/** Every call in order, the newest 10,000, durable. */
export class Calls {
  readonly #log: BoundedLog<Call>;

  constructor(directory?: string) {
    this.#log = new BoundedLog(durablePath(directory, 'calls'), MAX_CALLS);
  }
  record(call: Call): void {
    this.#log.append(call);
  }
  list(): Call[] {
    return this.#log.values();
  }
  clear(): void {
    this.#log.removeWhere(() => true);
  }
  close(): void {
    this.#log.close();
  }
}

/** What of a call's input may be told: never a tracking ID, of PutEvents no session, user or event either. */
export function parametersOf(
  operation: string,
  members: readonly string[],
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (operation === 'PutEvents') return { events: Array.isArray(input.eventList) ? input.eventList.length : 0 };
  return Object.fromEntries(
    members.filter((name) => input[name] != null).map((name) => [name, shortened(input[name], 0)]),
  );
}

function shortened(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  // Tags, the deepest input there is, are objects in a list.
  if (depth === 2) return '…';
  if (Array.isArray(value)) return value.slice(0, 200).map((member) => shortened(member, depth + 1));
  const members = Object.entries(value).slice(0, 10);
  return Object.fromEntries(members.map(([key, member]) => [key.slice(0, MAX_TEXT), shortened(member, depth + 1)]));
}
