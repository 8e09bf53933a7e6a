import { ACCOUNT_ID, AwsError, type Clock, REGION } from '../wire.ts';
import { isObject } from './matchers.ts';
import { MAX_DEPTH } from './pattern.ts';

/** An event as rules match it and targets receive it (EventBridge user guide, "Event structure"). `time` is ISO 8601 in whole seconds, UTC. */
export interface EventBridgeEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An entry of PutEvents as it comes over the wire; `Time` is seconds since the epoch. */
export interface PutEventsEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Time?: number;
  readonly Resources?: readonly string[];
}

/** The result of an entry that PutEvents did not accept. */
export interface EntryFailure {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** The limit for all entries of a request. Since January 2026 it is 1 MB in most Regions; an event of 256 KB is accepted in all of them. */
const MAX_REQUEST_BYTES = 256 * 1024;
// PutEventsRequestEntry, API reference: "Free-form string, with a maximum of 128 characters".
const MAX_DETAIL_TYPE = 128;
const LAST_SECOND = 253_402_300_799; // 9999-12-31T23:59:59Z

/** Bytes of an entry as EventBridge counts them (user guide, "Calculating PutEvents event entry size"). */
export function entrySize(entry: PutEventsEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (entry.Time === undefined ? 0 : 14);
}

/** @throws AwsError ValidationException if the entries of a request are larger than 256 KB in total */
export function checkSize(entries: readonly PutEventsEntry[]): void {
  if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) > MAX_REQUEST_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
}

const invalid = (name: string, reason: string): EntryFailure => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}`,
});

/**
 * The event of an entry, or why the entry is refused. The codes are those of PutEventsResultEntry in the API
 * reference; the caller checks the bus.
 */
export function eventOf(
  entry: PutEventsEntry,
  id: string,
  clock: Clock,
  account = ACCOUNT_ID,
): EventBridgeEnvelope | EntryFailure {
  const { Source, DetailType, Detail, Time } = entry;
  if (!Source) return invalid('Source', 'Source is a required argument.');
  if (!DetailType) return invalid('DetailType', 'DetailType is a required argument.');
  if (!Detail) return invalid('Detail', 'Detail is a required argument.');
  if (DetailType.length > MAX_DETAIL_TYPE) {
    return invalid('DetailType', `DetailType must be at most ${MAX_DETAIL_TYPE} characters.`);
  }
  if (/^aws\./i.test(Source)) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  if (Time !== undefined && !(Time >= 0 && Time <= LAST_SECOND)) {
    return invalid('Time', 'Time must be seconds since the epoch, up to the year 9999.');
  }
  const detail = jsonObjectIn(Detail);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account,
    time: `${new Date(Time === undefined ? clock() : Time * 1000).toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [...(entry.Resources ?? [])],
    detail,
  };
}

export const isEntryFailure = (outcome: object): outcome is EntryFailure => 'ErrorCode' in outcome;

/** The JSON object in a text; undefined for anything else, and for one that is nested more than 1000 levels deep. */
export function jsonObjectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isShallow(value, MAX_DEPTH) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
