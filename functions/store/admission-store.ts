import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  type Admission,
  FIRST_POLL_SLOT_MS,
  GOVERNED_MS,
  gapMs,
  NONE_RECENT,
  pollGapMs,
  type RecentAdmissions,
  roomMs,
  type Tick,
  toAdmission,
} from '../tracker/admission.ts';
import type { PollSlotFor } from '../tracker/admission-writes.ts';
import { holds } from './conditional-write.ts';
import { TTL_ATTRIBUTE } from './table.ts';

/**
 * The items by which trackers are admitted to an account and Region: in the records' table, in no index. `place` is such as
 * `210987654321/eu-west-1`. Every method throws any error of DynamoDB except a failed condition.
 */
export interface AdmissionStore {
  /** By a strongly consistent read. @throws ZodError if the item is not valid */
  read(place: string): Promise<Admission>;
  readRecent(place: string): Promise<RecentAdmissions>;
  /** Remembers that trackers wait for admission to this account and Region, for the sweep. */
  registerPlace(place: string): Promise<void>;
  /** Every account and Region to which trackers have waited for admission. */
  readPlaces(): Promise<readonly string[]>;
  /** Whether a tracker may pass without a place. @param read the item as read, for its rate */
  pass(place: string, read: Admission, now: number): Promise<boolean>;
  /** Takes a tenant's next place. */
  takePlace(place: string, tenantId: string, read: Admission, now: number): Promise<number>;
  /** @returns the number of the new governor, whose execution has to be started; undefined if somebody else started one */
  startGovernor(place: string, read: Admission, now: number): Promise<number | undefined>;
  /** @returns the poll slot, in milliseconds since the epoch */
  takePollSlot(place: string, read: Admission, counted: PollSlotFor, now: number): Promise<number>;
  /** Counts a throttled call that was no poll. */
  countThrottledCall(place: string): Promise<void>;
  /** @returns false if another governor has started, or another invocation saved this tick */
  saveTick(place: string, read: Admission, tick: Pick<Tick, 'admission' | 'recent'>): Promise<boolean>;
}

/** A tenant that asks for nothing for so long begins again at the virtual time, in seconds. */
const PLACE_KEPT_SECONDS = 24 * 60 * 60;

const recentItem = z.object({ at: z.number(), tenants: z.record(z.string(), z.number()) });
const placesItem = z.object({ places: z.set(z.string()) });
const tenantItem = z.object({ nextPlace: z.number() });

// No tracker id has this form.
const PLACES_KEY = { trackerId: 'admission#places' };
const keyOf = (place: string) => ({ trackerId: `admission#${place}` });
const recentKeyOf = (place: string) => ({ trackerId: `admission#${place}#recent` });
const tenantKeyOf = (place: string, tenantId: string) => ({ trackerId: `admission#${place}#tenant#${tenantId}` });

/** What tasks write at any time: a tick leaves it alone. */
const OF_TASKS = new Set(['throttledCalls', 'throttledPolls', 'pollSlots', 'created', 'freeAt', 'nextPollSlotAt']);

const NOT_GOVERNED = '(attribute_not_exists(#governedUntil) OR #governedUntil <= :now)';

/** @param rate trackers a second, until another rate is learned (the setting `admissionRate`) */
export function createAdmissionStore(
  documents: DynamoDBDocumentClient,
  TableName: string,
  rate: number,
): AdmissionStore {
  const get = async (Key: Record<string, string>) =>
    (await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  /** An update under a condition. @returns the attributes that it wrote; undefined if the condition did not hold */
  const update = async (
    Key: Record<string, string>,
    UpdateExpression: string,
    ConditionExpression: string | undefined,
    values: Record<string, number | ReadonlySet<string>>,
  ): Promise<Record<string, unknown> | undefined> => {
    let written: Record<string, unknown> | undefined;
    const text = `${UpdateExpression} ${ConditionExpression ?? ''}`;
    const holding = await holds(
      (async () => {
        const { Attributes = {} } = await documents.send(
          new UpdateCommand({
            TableName,
            Key,
            UpdateExpression,
            ...(ConditionExpression !== undefined && { ConditionExpression }),
            ExpressionAttributeNames: Object.fromEntries(
              [...text.matchAll(/#(\w+)/g)].map(([name, attribute = '']) => [name, attribute]),
            ),
            ...(Object.keys(values).length > 0 && {
              ExpressionAttributeValues: Object.fromEntries(
                Object.entries(values).map(([name, value]) => [`:${name}`, value]),
              ),
            }),
            ReturnValues: 'UPDATED_NEW',
          }),
        );
        written = Attributes;
      })(),
    );
    return holding ? written : undefined;
  };
  /** The first of several forms of an update whose condition holds. */
  const updateEither = async (...forms: readonly (() => Promise<Record<string, unknown> | undefined>)[]) => {
    for (const form of forms) {
      const written = await form();
      if (written) return written;
    }
    return undefined;
  };

  return {
    read: async (place) => toAdmission(await get(keyOf(place)), rate),

    async readRecent(place) {
      const item = await get(recentKeyOf(place));
      return item ? recentItem.parse(item) : NONE_RECENT;
    },

    async pass(place, read, now) {
      const gap = gapMs(read);
      const isFree = () =>
        update(
          keyOf(place),
          'SET #freeAt = :free',
          `${NOT_GOVERNED} AND (attribute_not_exists(#freeAt) OR #freeAt <= :now)`,
          { free: now + gap, now },
        );
      const hasRoom = () =>
        update(
          keyOf(place),
          'SET #freeAt = #freeAt + :gap',
          `${NOT_GOVERNED} AND #freeAt > :now AND #freeAt <= :room`,
          { gap, now, room: now + roomMs(gap) },
        );
      // The form that holds according to the item as read comes first.
      const forms = read.freeAt > now ? [hasRoom, isFree] : [isFree, hasRoom];
      return (await updateEither(...forms)) !== undefined;
    },

    async registerPlace(place) {
      await update(PLACES_KEY, 'ADD #places :places', undefined, { places: new Set([place]) });
    },

    async readPlaces() {
      const item = await get(PLACES_KEY);
      return item ? [...placesItem.parse(item).places].sort() : [];
    },

    async takePlace(place, tenantId, { virtualTime }, now) {
      const key = tenantKeyOf(place, tenantId);
      const kept = `#${TTL_ATTRIBUTE} = :expiresAt`;
      const expiresAt = Math.floor(now / 1000) + PLACE_KEPT_SECONDS;
      const written = await updateEither(
        () =>
          update(key, `SET #nextPlace = #nextPlace + :one, ${kept}`, '#nextPlace >= :virtualTime', {
            one: 1,
            virtualTime,
            expiresAt,
          }),
        () =>
          update(
            key,
            `SET #nextPlace = :next, ${kept}`,
            'attribute_not_exists(#nextPlace) OR #nextPlace < :virtualTime',
            {
              next: virtualTime + 1,
              virtualTime,
              expiresAt,
            },
          ),
        // Somebody else has just moved it beyond the virtual time.
        () => update(key, `SET #nextPlace = #nextPlace + :one, ${kept}`, undefined, { one: 1, expiresAt }),
      );
      return tenantItem.parse(written).nextPlace - 1;
    },

    async startGovernor(place, { governor }, now) {
      const written = await update(
        keyOf(place),
        'SET #governor = :next, #governedUntil = :until, #tickAt = :now, #emptyTicks = :zero',
        governor === 0 ? '(attribute_not_exists(#governor) OR #governor = :zero)' : '#governor = :read',
        { next: governor + 1, until: now + GOVERNED_MS, now, zero: 0, ...(governor > 0 && { read: governor }) },
      );
      return written && governor + 1;
    },

    async takePollSlot(place, read, counted, now) {
      const earliest = now + FIRST_POLL_SLOT_MS;
      const gap = pollGapMs(read);
      const counts = `ADD #pollSlots :one${counted ? `, #${counted} :one` : ''}`;
      const written = await updateEither(
        () =>
          update(
            keyOf(place),
            `SET #nextPollSlotAt = #nextPollSlotAt + :gap ${counts}`,
            '#nextPollSlotAt > :earliest',
            {
              gap,
              earliest,
              one: 1,
            },
          ),
        () =>
          update(
            keyOf(place),
            `SET #nextPollSlotAt = :slot ${counts}`,
            'attribute_not_exists(#nextPollSlotAt) OR #nextPollSlotAt <= :earliest',
            { slot: earliest + gap, earliest, one: 1 },
          ),
        () =>
          update(keyOf(place), `SET #nextPollSlotAt = #nextPollSlotAt + :gap ${counts}`, undefined, { gap, one: 1 }),
      );
      return Number(written?.nextPollSlotAt);
    },

    async countThrottledCall(place) {
      await update(keyOf(place), 'ADD #throttledCalls :one', undefined, { one: 1 });
    },

    async saveTick(place, read, { admission, recent }) {
      const written = Object.entries(admission).filter(([name]) => !OF_TASKS.has(name));
      const isSaved = await holds(
        documents.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(place),
            UpdateExpression: `SET ${written.map(([name]) => `#${name} = :${name}`).join(', ')}`,
            ConditionExpression: `#governor = :governor AND (#tick = :read${read.tick === 0 ? ' OR attribute_not_exists(#tick)' : ''})`,
            ExpressionAttributeNames: Object.fromEntries(written.map(([name]) => [`#${name}`, name])),
            ExpressionAttributeValues: {
              ...Object.fromEntries(written.map(([name, value]) => [`:${name}`, value])),
              ':read': read.tick,
            },
          }),
        ),
      );
      // Only the governor writes it, and being a tick behind does no harm.
      if (isSaved) await documents.send(new PutCommand({ TableName, Item: { ...recentKeyOf(place), ...recent } }));
      return isSaved;
    },
  };
}
