import * as z from 'zod';
import { FAULTS, type FaultName } from './faults.ts';

const MAX_TEXT = 300;
/** Lists of which only the length is recorded. */
const CONTENT: ReadonlySet<string> = new Set(['items', 'users']);

/** A call, as `GET /_simulator/calls` returns it. */
export interface Call {
  /** ISO 8601. For `late-act-landed`, the time when it took effect. */
  readonly time: string;
  readonly operation: string;
  /** The known members of the input, with long texts truncated. For PutEvents only its events, without the user and session. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** `OK`, an error code, `lost-answer`, `garbled`, `late-act` (no effect yet) or `late-act-landed`. */
  readonly outcome: string;
  /** The fault injected into the call. */
  readonly fault?: FaultName;
  /** For `lost-answer`, `garbled` and `late-act-landed`: the actual result, `OK` or an error code. */
  readonly act?: string;
}

export const callSchema: z.ZodType<Call> = z.object({
  time: z.iso.datetime(),
  operation: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  outcome: z.string(),
  fault: z.enum(FAULTS).optional(),
  act: z.string().optional(),
});

/** The parts of an input to record: never a tracking ID, and of interactions, items and users only the number. */
export function parametersOf(
  operation: string,
  members: readonly string[],
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const count = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  if (operation === 'PutEvents') return { events: count(input.eventList) };
  return Object.fromEntries(
    members
      .filter((name) => input[name] != null)
      .map((name) => [name, CONTENT.has(name) ? count(input[name]) : shortened(input[name], 0)]),
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
