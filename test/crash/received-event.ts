import type * as z from 'zod';
import {
  type EventTrackerStateChange,
  type EventTrackerUpdated,
  STATE_CHANGE,
  stateChangeSchema,
  UPDATED,
  updatedSchema,
} from '../../events/contract.ts';

/** A tracker's event as first received. `at` is when a subscriber first received it. */
export type ReceivedEvent = { readonly at: number; readonly text: string } & (
  | { readonly type: typeof STATE_CHANGE; readonly detail: EventTrackerStateChange }
  | { readonly type: typeof UPDATED; readonly detail: EventTrackerUpdated }
);
export type StateChange = Extract<ReceivedEvent, { type: typeof STATE_CHANGE }>;
export const isStateChange = (event: ReceivedEvent): event is StateChange => event.type === STATE_CHANGE;

/** The event in an envelope, or how it breaks the contract. */
export function readEvent(type: ReceivedEvent['type'], at: number, detail: unknown): ReceivedEvent | z.ZodError {
  const text = JSON.stringify(detail);
  if (type === UPDATED) {
    const updated = updatedSchema.safeParse(detail);
    return updated.success ? { type, at, text, detail: updated.data } : updated.error;
  }
  const change = stateChangeSchema.safeParse(detail);
  return change.success ? { type, at, text, detail: change.data } : change.error;
}
