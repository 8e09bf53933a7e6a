import { toItem } from '../../functions/store/item.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { MemoryAdmissionStore } from '../../test/world/memory-admission.ts';
import { MemoryStore } from '../../test/world/memory-store.ts';
import { itemBytes } from './item-bytes.ts';

/** An in-memory store whose calls take time, and are counted. Records are immutable, so nothing is copied. */
export class TimedStore extends MemoryStore {
  readonly #pause: () => Promise<void>;
  /** Receives each saved record. */
  readonly #saved: (record: EventTrackerRecord) => void;
  reads = 0;
  /** Of each record as it is stored now. */
  readonly #bytes = new Map<string, number>();
  #largestBytes = 0;

  constructor(pause: () => Promise<void>, saved: (record: EventTrackerRecord) => void) {
    super();
    this.#pause = pause;
    this.#saved = saved;
  }

  override async read(trackerId: string) {
    await this.#pause();
    this.reads += 1;
    return this.records.get(trackerId);
  }
  override async create(record: EventTrackerRecord) {
    await this.#pause();
    this.writes += 1;
    if (this.records.has(record.trackerId)) return false;
    this.#put(record);
    return true;
  }
  override async save(before: EventTrackerRecord, after: EventTrackerRecord) {
    await this.#pause();
    // A refused write is billed, too.
    this.writes += 1;
    if (this.records.get(before.trackerId)?.rev !== before.rev) return undefined;
    const saved = { ...after, rev: before.rev + 1 };
    this.#put(saved);
    this.#saved(saved);
    return saved;
  }
  #put(record: EventTrackerRecord): void {
    this.records.set(record.trackerId, record);
    const bytes = itemBytes(toItem(record));
    this.#bytes.set(record.trackerId, bytes);
    this.#largestBytes = Math.max(this.#largestBytes, bytes);
  }
  recordBytes() {
    const sum = [...this.#bytes.values()].reduce((total, bytes) => total + bytes, 0);
    return { mean: sum / this.#bytes.size, largest: this.#largestBytes };
  }
  override async listDue(lane: 'urgent' | 'routine', by: number, limit: number) {
    await this.#pause();
    return super.listDue(lane, by, limit);
  }
}

/** The admission items in memory. Their calls take time, too. */
export class TimedAdmissionStore extends MemoryAdmissionStore {
  readonly #pause: () => Promise<void>;
  constructor(pause: () => Promise<void>, rate: number) {
    super(rate);
    this.#pause = pause;
  }
  protected override pause(): Promise<void> {
    return this.#pause();
  }
}
