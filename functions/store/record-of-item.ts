import type * as z from 'zod';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { recordSchema } from '../tracker/record-schema.ts';
import { isOfStatusIndex, UnreadableItem } from './item.ts';

const LANE = /^(urgent|routine|admission)#(?:\d{12}\/[a-z0-9-]+#)?\d+$/;

/**
 * The record of an item that this service wrote. Attributes of newer code are kept.
 * @throws UnreadableItem if an attribute is missing or invalid; its message contains no values, because some are secret
 */
export function toRecord(item: Record<string, unknown>): EventTrackerRecord {
  const { dueLane: lane, dueAt, unfinishedOf: _, ...others } = item;
  const attributes = Object.fromEntries(Object.entries(others).filter(([name]) => !isOfStatusIndex(name)));
  const due = { lane: LANE.exec(String(lane))?.[1], at: dueAt };
  const read = { tenantId: '', ...attributes, due };
  const parsed = recordSchema.safeParse(read);
  if (!parsed.success) throw new UnreadableItem(item.trackerId, faultsOf(parsed.error));
  // As it was read, and not as it was parsed: newer code may have added something within its attributes, too.
  return read as typeof read & typeof parsed.data;
}

/** Attributes that exist only in the item, for an index. Errors name them as the item does. */
const NAME_IN_ITEM: Readonly<Record<string, string>> = { 'due.lane': 'dueLane', 'due.at': 'dueAt' };

/** What is wrong with an item, by attribute and rule, without its values: some are secret. */
function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, code, message }) => {
      const place = path.map(String).join('.');
      // A union reports the errors of each of its members: too much for a line.
      return `${NAME_IN_ITEM[place] ?? place}: ${code === 'invalid_union' ? 'is none of the forms it may have' : message}`;
    })
    .join('; ');
}
