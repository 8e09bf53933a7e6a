import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { HOME, type Place } from '../wire.ts';
import {
  advanced,
  DEFAULT_TIMING,
  type Lifecycle,
  lifecycle,
  type Phase,
  phaseAt,
  type Timing,
  timing,
} from './lifecycle.ts';

export interface Tag {
  readonly tagKey: string;
  readonly tagValue: string;
}
export interface SchemaRecord {
  readonly sequence: number;
  readonly name: string;
  readonly schemaArn: string;
  readonly schema: string;
  readonly domain?: string | undefined;
  readonly createdAt: number;
}
export interface DatasetGroupRecord {
  readonly sequence: number;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly roleArn?: string | undefined;
  readonly kmsKeyArn?: string | undefined;
  readonly domain?: string | undefined;
  readonly tags: readonly Tag[];
  readonly lifecycle: Lifecycle;
}
export interface DatasetRecord {
  readonly sequence: number;
  readonly name: string;
  readonly datasetArn: string;
  readonly datasetGroupArn: string;
  /** In capitals, as in the ARN. */
  readonly datasetType: string;
  readonly schemaArn: string;
  readonly tags: readonly Tag[];
  readonly lifecycle: Lifecycle;
  /** The tracker that comes with an Action_Interactions dataset. */
  readonly eventTrackerArn?: string | undefined;
}
export interface TrackerRecord {
  readonly sequence: number;
  readonly name: string;
  readonly eventTrackerArn: string;
  readonly trackingId: string;
  readonly datasetGroupArn: string;
  readonly tags: readonly Tag[];
  readonly lifecycle: Lifecycle;
  /** The Action_Interactions dataset that it came with. It exists as long as the dataset, and no rule about trackers counts it. */
  readonly datasetArn?: string | undefined;
}

const records = z.object({ sequence: z.int().min(0), name: z.string() });
const tags = z.array(z.object({ tagKey: z.string(), tagValue: z.string() }));
const schemaRecord: z.ZodType<SchemaRecord> = records.extend({
  schemaArn: z.string(),
  schema: z.string(),
  domain: z.string().optional(),
  createdAt: z.number(),
});
const datasetGroupRecord: z.ZodType<DatasetGroupRecord> = records.extend({
  datasetGroupArn: z.string(),
  roleArn: z.string().optional(),
  kmsKeyArn: z.string().optional(),
  domain: z.string().optional(),
  tags,
  lifecycle,
});
const datasetRecord: z.ZodType<DatasetRecord> = records.extend({
  datasetArn: z.string(),
  datasetGroupArn: z.string(),
  datasetType: z.string(),
  schemaArn: z.string(),
  tags,
  lifecycle,
  eventTrackerArn: z.string().optional(),
});
export const trackerRecord: z.ZodType<TrackerRecord> = records.extend({
  eventTrackerArn: z.string(),
  trackingId: z.string(),
  datasetGroupArn: z.string(),
  tags,
  lifecycle,
  datasetArn: z.string().optional(),
});

/** A record with its status at the time of the call. */
export type Seen<R> = R & { readonly phase: Phase };

/** The types of datasets, as in a dataset's ARN. A group has at most one dataset of each. */
export const DATASET_TYPES = ['INTERACTIONS', 'ITEMS', 'USERS', 'ACTIONS', 'ACTION_INTERACTIONS'];

/** The ARN of a group's one dataset of a type. */
export const datasetArnOf = (datasetGroupArn: string, datasetType: string): string =>
  `${datasetGroupArn.replace(':dataset-group/', ':dataset/')}/${datasetType}`;

/**
 * The resources of one account and Region. Each change is on disk before its call returns. The records of deleted trackers are kept, because a
 * fault for their dataset group must still match a call that names them.
 */
export class PersonalizeState {
  readonly schemas: DurableMap<SchemaRecord>;
  readonly #datasets: DurableMap<DatasetRecord>;
  readonly #groups: DurableMap<DatasetGroupRecord>;
  readonly #trackers: DurableMap<TrackerRecord>;
  readonly #timing: DurableMap<Timing>;
  readonly #arnByTrackingId = new Map<string, string>();
  /** The ARNs of trackers not known to be gone, by dataset group. */
  readonly #live = new Map<string, Set<string>>();
  #lastSequence: number;

  readonly place: Place;

  constructor(directory?: string, place = HOME) {
    this.place = place;
    this.schemas = new DurableMap(durablePath(directory, 'schemas'), schemaRecord);
    this.#datasets = new DurableMap(durablePath(directory, 'datasets'), datasetRecord);
    this.#groups = new DurableMap(durablePath(directory, 'dataset-groups'), datasetGroupRecord);
    this.#trackers = new DurableMap(durablePath(directory, 'event-trackers'), trackerRecord);
    this.#timing = new DurableMap(durablePath(directory, 'timing'), timing);
    for (const tracker of this.#trackers.values()) this.#index(tracker);
    this.#lastSequence = Math.max(
      0,
      ...[this.schemas, this.#datasets, this.#groups, this.#trackers].map((map) =>
        [...map.values()].reduce((highest, { sequence }) => Math.max(highest, sequence), 0),
      ),
    );
  }

  arnOf(resource: string): string {
    return `arn:aws:personalize:${this.place.region}:${this.place.accountId}:${resource}`;
  }

  /** The latest time at which a creation or deletion began, in milliseconds since the epoch; 0 without any. */
  get latest(): number {
    const all = [this.#groups, this.#datasets, this.#trackers].flatMap((map) => [...map.values()]);
    return all.reduce(
      (latest, { lifecycle: { creation, deletion } }) => Math.max(latest, creation.at, deletion?.at ?? 0),
      0,
    );
  }

  get timing(): Timing {
    return this.#timing.get('timing') ?? DEFAULT_TIMING;
  }
  set timing(timing: Timing) {
    this.#timing.set('timing', timing);
  }

  /** Everything that is being created or deleted has `ms` milliseconds less to go. */
  advance(now: number, ms: number): void {
    for (const map of [this.#groups, this.#datasets, this.#trackers] as DurableMap<{
      readonly lifecycle: Lifecycle;
    }>[]) {
      for (const [key, record] of [...map.entries()]) {
        const lifecycle = advanced(record.lifecycle, now, ms);
        if (JSON.stringify(lifecycle) !== JSON.stringify(record.lifecycle)) map.set(key, { ...record, lifecycle });
      }
    }
  }

  /** A number higher than all before: lists are in this order, and a page continues after one. */
  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  /** Whether there has never been a dataset group here, not even a deleted one. */
  get isPristine(): boolean {
    return this.#groups.size === 0;
  }
  groups(now: number): Seen<DatasetGroupRecord>[] {
    return [...this.#groups.values()].flatMap((group) => seenAt(group, now) ?? []);
  }
  group(arn: string, now: number): Seen<DatasetGroupRecord> | undefined {
    const group = this.#groups.get(arn);
    return group && seenAt(group, now);
  }
  putGroup(group: DatasetGroupRecord): void {
    // A group with the name of a deleted one goes to the end of the list, where its sequence belongs.
    if (this.#groups.get(group.datasetGroupArn)?.sequence !== group.sequence) {
      this.#groups.delete(group.datasetGroupArn);
    }
    this.#groups.set(group.datasetGroupArn, group);
  }

  datasets(now: number): Seen<DatasetRecord>[] {
    return [...this.#datasets.values()].flatMap((dataset) => seenAt(dataset, now) ?? []);
  }
  datasetsOf(datasetGroupArn: string, now: number): Seen<DatasetRecord>[] {
    return DATASET_TYPES.flatMap((type) => this.dataset(datasetArnOf(datasetGroupArn, type), now) ?? []);
  }
  dataset(arn: string, now: number): Seen<DatasetRecord> | undefined {
    const dataset = this.#datasets.get(arn);
    return dataset && seenAt(dataset, now);
  }
  putDataset(dataset: DatasetRecord): void {
    // Like a group with the name of a deleted one.
    if (this.#datasets.get(dataset.datasetArn)?.sequence !== dataset.sequence) {
      this.#datasets.delete(dataset.datasetArn);
    }
    this.#datasets.set(dataset.datasetArn, dataset);
  }

  /** Every tracker that is not gone, in no order. */
  trackers(now: number): Seen<TrackerRecord>[] {
    return [...this.#live.keys()].flatMap((datasetGroupArn) => this.trackersOf(datasetGroupArn, now));
  }
  trackersOf(datasetGroupArn: string, now: number): Seen<TrackerRecord>[] {
    const live = this.#live.get(datasetGroupArn);
    if (live === undefined) return [];
    const seen: Seen<TrackerRecord>[] = [];
    for (const arn of live) {
      const tracker = this.tracker(arn, now);
      if (tracker !== undefined) seen.push(tracker);
      // The tracker of a dataset may be written a moment before its dataset.
      else if (this.#trackers.get(arn)?.datasetArn === undefined) live.delete(arn);
    }
    if (live.size === 0) this.#live.delete(datasetGroupArn);
    return seen;
  }
  tracker(arn: string, now: number): Seen<TrackerRecord> | undefined {
    const tracker = this.#trackers.get(arn);
    if (tracker === undefined) return undefined;
    // The tracker of an Action_Interactions dataset exists exactly as long as the dataset's record names it.
    if (tracker.datasetArn !== undefined && this.dataset(tracker.datasetArn, now)?.eventTrackerArn !== arn) {
      return undefined;
    }
    return seenAt(tracker, now);
  }
  trackerByTrackingId(trackingId: string, now: number): Seen<TrackerRecord> | undefined {
    const arn = this.#arnByTrackingId.get(trackingId);
    return arn === undefined ? undefined : this.tracker(arn, now);
  }
  putTracker(tracker: TrackerRecord): void {
    this.#trackers.set(tracker.eventTrackerArn, tracker);
    this.#index(tracker);
  }
  /** An ARN that was never used before, opaque like those of Personalize. */
  newTrackerArn(): string {
    const arn = this.arnOf(`event-tracker/${randomBytes(4).toString('hex')}`);
    return this.#trackers.has(arn) ? this.newTrackerArn() : arn;
  }

  /** The dataset group that a resource's ARN or a tracking ID belongs to, also after the tracker is gone. */
  groupOf(id: string): string | undefined {
    return (
      this.#trackers.get(this.#arnByTrackingId.get(id) ?? id)?.datasetGroupArn ??
      this.#datasets.get(id)?.datasetGroupArn ??
      this.#groups.get(id)?.datasetGroupArn
    );
  }

  close(): void {
    for (const map of [this.schemas, this.#datasets, this.#groups, this.#trackers, this.#timing]) map.close();
  }

  #index(tracker: TrackerRecord): void {
    this.#arnByTrackingId.set(tracker.trackingId, tracker.eventTrackerArn);
    const live = this.#live.get(tracker.datasetGroupArn) ?? new Set<string>();
    this.#live.set(tracker.datasetGroupArn, live.add(tracker.eventTrackerArn));
  }
}

function seenAt<R extends { readonly lifecycle: Lifecycle }>(record: R, now: number): Seen<R> | undefined {
  const phase = phaseAt(record.lifecycle, now);
  return phase && { ...record, phase };
}

/** The file of one durable map under the simulator's directory (made if it is missing), or undefined for memory only. */
export function durablePath(directory: string | undefined, name: string): string | undefined {
  if (directory === undefined) return undefined;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return join(directory, `${name}.jsonl`);
}
