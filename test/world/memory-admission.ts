import type { AdmissionStore } from '../../functions/store/admission-store.ts';
import {
  type Admission,
  NONE_RECENT,
  placeAfter,
  type RecentAdmissions,
  toAdmission,
} from '../../functions/tracker/admission.ts';
import { pass, saveTick, startGovernor, takePollSlot } from '../../functions/tracker/admission-writes.ts';

/** The admission items in memory, by the pure functions. A contract test compares it with the store on DynamoDB. */
export class MemoryAdmissionStore implements AdmissionStore {
  readonly items = new Map<string, Admission>();
  readonly recent = new Map<string, RecentAdmissions>();
  readonly places = new Set<string>();
  readonly nextPlaces = new Map<string, number>();
  /** How many writes were made, as DynamoDB would bill them. */
  writes = 0;
  readonly #rate: number;
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Before each call. */
  protected async pause(): Promise<void> {}
  #of(place: string): Admission {
    return this.items.get(place) ?? toAdmission(undefined, this.#rate);
  }
  #write(place: string, item: Admission | undefined): boolean {
    this.writes++;
    if (item) this.items.set(place, item);
    return item !== undefined;
  }

  async read(place: string) {
    await this.pause();
    return this.#of(place);
  }
  async readRecent(place: string) {
    await this.pause();
    return this.recent.get(place) ?? NONE_RECENT;
  }
  async pass(place: string, read: Admission, now: number) {
    await this.pause();
    const { rate } = read;
    const passed = pass({ ...this.#of(place), rate }, now);
    return this.#write(place, passed && { ...this.#of(place), freeAt: passed.freeAt });
  }
  async registerPlace(place: string) {
    await this.pause();
    this.writes++;
    this.places.add(place);
  }
  async readPlaces() {
    await this.pause();
    return [...this.places].sort();
  }
  async takePlace(place: string, tenantId: string, { virtualTime }: Admission) {
    await this.pause();
    const taken = placeAfter(this.nextPlaces.get(`${place} ${tenantId}`), virtualTime);
    this.nextPlaces.set(`${place} ${tenantId}`, taken.next);
    this.writes++;
    return taken.place;
  }
  async startGovernor(place: string, { governor }: Admission, now: number) {
    await this.pause();
    return this.#write(place, startGovernor(this.#of(place), governor, now)) ? governor + 1 : undefined;
  }
  async takePollSlot(
    place: string,
    read: Admission,
    counted: Parameters<AdmissionStore['takePollSlot']>[2],
    now: number,
  ) {
    await this.pause();
    const { rate, pollsPerTracker } = read;
    const { nextPollSlotAt, ...counts } = takePollSlot({ ...this.#of(place), rate, pollsPerTracker }, counted, now);
    const { pollSlots, created, throttledPolls } = counts;
    this.#write(place, { ...this.#of(place), nextPollSlotAt, pollSlots, created, throttledPolls });
    return nextPollSlotAt;
  }
  async countThrottledCall(place: string) {
    await this.pause();
    this.#write(place, { ...this.#of(place), throttledCalls: this.#of(place).throttledCalls + 1 });
  }
  async saveTick(place: string, read: Admission, { admission, recent }: Parameters<AdmissionStore['saveTick']>[2]) {
    await this.pause();
    const isSaved = this.#write(place, saveTick(this.#of(place), read, admission));
    if (isSaved) this.recent.set(place, recent);
    return isSaved;
  }
}
