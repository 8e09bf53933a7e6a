import type { KnownEvent } from '../../events/index.ts';
import { type Answer, type Api, must, pageOf, type Tracker, trackerOf } from './api.ts';
import type { OwnPersonalize } from './aws.ts';
import type { Caller, TenantCaller } from './caller.ts';
import type { Journal } from './journal.ts';
import type { Subscription } from './subscription.ts';

/** A check. `needs` names what the command line must have given; without it, the check is skipped. */
export interface Check {
  readonly name: string;
  readonly needs?: 'other' | 'platform' | 'events';
  /** @throws Broken, or Skipped */
  run(world: World): Promise<void>;
}

/** A check that this deployment does not allow. */
export class Skipped extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Skipped';
  }
}

interface WorldOptions {
  readonly api: Api;
  readonly tenant: TenantCaller;
  readonly other?: TenantCaller | undefined;
  readonly platform?: Caller | undefined;
  readonly personalize: OwnPersonalize;
  readonly events?: Subscription | undefined;
  readonly journal: Journal;
}

/** What the checks share: the callers, the run's own dataset group, and what they do again and again. */
export class World {
  readonly api: Api;
  readonly tenant: TenantCaller;
  readonly other: TenantCaller | undefined;
  readonly platform: Caller | undefined;
  readonly personalize: OwnPersonalize;
  readonly events: Subscription | undefined;
  readonly #journal: Journal;
  /** The sequence of the latest event that was waited for. */
  #announced = 0;

  constructor({ api, tenant, other, platform, personalize, events, journal }: WorldOptions) {
    this.api = api;
    this.tenant = tenant;
    this.other = other;
    this.platform = platform;
    this.personalize = personalize;
    this.events = events;
    this.#journal = journal;
  }

  get datasetGroupArn(): string {
    return this.personalize.datasetGroupArn;
  }

  /** The body of the request that most checks send. */
  body(more: object = {}): object {
    return { name: 'acceptance', datasetGroupArn: this.datasetGroupArn, ...more };
  }

  /** POST /event-trackers on the run's dataset group. */
  async request(
    status: number | readonly number[],
    body = this.body(),
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    this.#journal.making('event tracker', this.datasetGroupArn);
    return await this.api.expect(this.tenant, status, 'POST', '/event-trackers', { body, headers });
  }

  /** Names the tracker before something else than `request` makes it. */
  making(): void {
    this.#journal.making('event tracker', this.datasetGroupArn);
  }

  /** The tenant's event tracker in the run's dataset group, whatever its status. */
  async listed(): Promise<Tracker | undefined> {
    const query = new URLSearchParams({
      datasetGroupArn: this.datasetGroupArn,
      status:
        'CREATE PENDING,CREATE IN_PROGRESS,ACTIVE,CREATE FAILED,DELETE PENDING,DELETE IN_PROGRESS,DELETED,RELEASED',
    });
    const page = pageOf(await this.api.expect(this.tenant, 200, 'GET', `/event-trackers?${query}`));
    must(page.eventTrackers.length <= 1, 'GET /event-trackers lists two event trackers of one dataset group');
    return page.eventTrackers[0];
  }

  /** Requests the tracker and waits until it is ACTIVE. */
  async active(body = this.body()): Promise<Tracker> {
    const { trackerId } = trackerOf(await this.request([200, 202], body));
    return await this.becomesActive(trackerId);
  }

  async becomesActive(trackerId: string): Promise<Tracker> {
    const tracker = await this.api.outcomeOf(this.tenant, trackerId);
    must(tracker.status === 'ACTIVE', `${trackerId} must become ACTIVE, but it is ${statusOf(tracker)}`);
    must(tracker.trackingId !== undefined, `${trackerId} is ACTIVE without a tracking ID`);
    return tracker;
  }

  /** Deletes or releases the tracker, if there is one, and waits for the outcome. */
  async absent(): Promise<void> {
    const found = await this.listed();
    if (found !== undefined && !['DELETED', 'RELEASED'].includes(found.status)) {
      await this.api.expect(this.tenant, [200, 202], 'DELETE', `/event-trackers/${found.trackerId}`);
      const { status } = await this.api.outcomeOf(this.tenant, found.trackerId);
      must(['DELETED', 'RELEASED'].includes(status), `after DELETE, ${found.trackerId} is ${status}`);
    }
    // Released ones, and what others made.
    await this.personalize.deleteEventTrackers();
  }

  /** Personalize must have exactly one event tracker in the dataset group, with the resource's ARN and tracking ID. */
  async isTheOnlyOne({ trackerId, eventTrackerArn, trackingId }: Tracker): Promise<void> {
    const arns = await this.personalize.eventTrackers();
    must(
      arns.length === 1,
      `Personalize lists ${arns.length} event trackers in the dataset group, but there must be exactly one`,
    );
    must(arns[0] === eventTrackerArn, `${trackerId} names another event tracker than Personalize`);
    const actual = await this.personalize.trackingIdOf(eventTrackerArn ?? '');
    must(actual === trackingId, `${trackerId} has another tracking ID than Personalize`);
  }

  /** Waits for the event of this outcome, which must come after those that were announced before, and compares it with the resource. */
  async announced(tracker: Tracker): Promise<void> {
    if (this.events === undefined) return;
    const { status, trackerId, trackingId } = tracker;
    const isNew = (event: KnownEvent) => isOutcome(event, status) && sequenceOf(event) > this.#announced;
    const event = await this.events.until(`"${status}" of ${trackerId}`, isNew);
    const { data, metadata } = event.detail;
    must(data.trackerId === trackerId, `the event "${status}" names another trackerId`);
    must(metadata.tenantId === this.tenant.tenant, `the event "${status}" names another tenant`);
    const announcedId = 'trackingId' in data ? data.trackingId : undefined;
    must(
      announcedId === trackingId,
      `the event "${status}" has ${announcedId === undefined ? 'no' : 'another'} tracking ID`,
    );
    this.#announced = sequenceOf(event);
  }
}

export const sequenceOf = ({ detail }: KnownEvent): number => detail.metadata.sequence;

const isOutcome = (event: KnownEvent, status: string): boolean =>
  event.detailType === 'Event Tracker State Change' && event.detail.data.status === status;

/** For messages. */
export const statusOf = ({ status, failure }: Tracker): string =>
  failure === undefined ? status : `${status} (${failure.code}: ${failure.reason})`;
