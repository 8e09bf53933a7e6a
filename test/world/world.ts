import { PersonalizeClient } from '@aws-sdk/client-personalize';
import type { EventTrackerStateChange } from '../../events/contract.ts';
import { ThrottledError, UnknownOutcomeError } from '../../functions/gateways/aws-errors.ts';
import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { createDriftGateway, type DriftGateway } from '../../functions/gateways/personalize-drift.ts';
import type { MetricValues } from '../../functions/metrics.ts';
import { requestDeletion } from '../../functions/requests/request-deletion.ts';
import { requestEventTracker } from '../../functions/requests/request-event-tracker.ts';
import { requestRetry } from '../../functions/requests/request-retry.ts';
import { requestUpdate } from '../../functions/requests/request-update.ts';
import type { DriftCursorPosition } from '../../functions/store/drift-cursor.ts';
import { detectDrift } from '../../functions/sweep/drift.ts';
import type { DriftDependencies } from '../../functions/sweep/drift-run.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import type { EventTrackerRecord, Tag } from '../../functions/tracker/record.ts';
import type { FirstUse } from '../../functions/tracker/repeats.ts';
import { AWS_SETTINGS, type LifecycleSettings } from '../../functions/tracker/settings.ts';
import type { Patch } from '../../functions/tracker/tag-update.ts';
import { CheckDatasetGroup } from '../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../functions/workflow/CreateEventTracker.lambda.ts';
import { DeleteEventTracker } from '../../functions/workflow/DeleteEventTracker.lambda.ts';
import { Observe } from '../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../functions/workflow/PublishEvents.lambda.ts';
import { runTask, type TaskResult } from '../../functions/workflow/task.ts';
import { UpdateTags } from '../../functions/workflow/UpdateTags.lambda.ts';
import { createPersonalizeService } from '../../infra/local/personalize/service.ts';
import { inProcess } from './in-process.ts';
import { MemoryStore } from './memory-store.ts';
import { TaskTokens } from './task-tokens.ts';

/** The demo dataset group, its tracker id, and the tenant that may use it. */
export const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
export const TRACKER = trackerIdOf(GROUP);
export const TENANT = 'acme';
/** The deployment name in the ownership tags of the test worlds. */
export const DEPLOYMENT = 'test';
/** The tags of a request that sets no tags of its own. */
export const TAGS: readonly Tag[] = [{ tagKey: 'team', tagValue: 'web' }];
const CALLER = { tenantId: TENANT, isPlatform: false, scopes: new Set<string>() };

const TASKS = { CheckDatasetGroup, CreateEventTracker, DeleteEventTracker, UpdateTags } as const;
const log = { info() {}, warn() {}, error() {} };

/**
 * The whole workflow on a virtual clock: the real tasks, gateway and SDK against the simulator. Executions follow the state machine's loop,
 * with its waits and retries. They can die between any two steps.
 */
export class World {
  readonly #clock: { time: number };
  readonly #deployment: string;
  readonly store = new MemoryStore();
  readonly personalize: ReturnType<typeof createPersonalizeService>;
  readonly #client: PersonalizeClient;
  /** The deployment's setting: whether `?destroy=true` may delete an adopted tracker. */
  destroyAdopted = true;
  settings: LifecycleSettings = AWS_SETTINGS;
  /** The events that the bus accepted, in order, duplicates included. */
  readonly published: EventTrackerStateChange[] = [];
  /** The emitted metrics, in order. */
  readonly measured: (MetricValues & { readonly code?: string })[] = [];
  /** When the bus accepted each event, in milliseconds since the epoch. */
  readonly publishedAt: number[] = [];
  /** Receives the results for task tokens. */
  readonly taskTokens = new TaskTokens();
  /** How many of the next PutEvents calls fail. */
  busFailures = 0;
  readonly #running: { trackerId: string; epoch: number }[] = [];
  #requests = 0;

  /** @param beside another deployment in the same account and Region. This world shares its clock and its Personalize. */
  constructor({ deployment = DEPLOYMENT, beside }: { deployment?: string; beside?: World } = {}) {
    const clock = beside ? beside.#clock : { time: Date.parse('2026-11-23T12:00:00Z') };
    this.#clock = clock;
    this.#deployment = deployment;
    this.personalize = beside ? beside.personalize : createPersonalizeService({ clock: () => clock.time });
    this.#client = new PersonalizeClient(inProcess(this.personalize.control));
  }
  get time(): number {
    return this.#clock.time;
  }
  set time(time: number) {
    this.#clock.time = time;
  }
  get #dependencies() {
    return {
      store: this.store,
      settings: this.settings,
      now: () => this.time,
      random: () => 0.5,
      log: { ...log, warn: (message: string, facts: object = {}) => void this.warned.push({ message, ...facts }) },
      metrics: {
        emit: (values: MetricValues, code?: string) => void this.measured.push({ ...values, ...(code && { code }) }),
      },
      personalize: createPersonalizeGateway(this.#client, this.#deployment),
      callbacks: this.taskTokens.gateway,
      heartbeats: this.taskTokens.heartbeatGateway,
      bus: {
        put: async (events: readonly { id: string; detail: object }[]) => {
          if (this.busFailures > 0) {
            this.busFailures--;
            return { taken: [], refused: events.map(({ id }) => ({ id, error: 'InternalFailure' })) };
          }
          this.published.push(...events.map(({ detail }) => structuredClone(detail) as EventTrackerStateChange));
          this.publishedAt.push(...events.map(() => this.time));
          return { taken: events.map(({ id }) => id), refused: [] };
        },
      },
    };
  }
  readonly workflow = {
    start: async (owner: { trackerId: string; epoch: number }) => {
      this.#running.push({ trackerId: owner.trackerId, epoch: owner.epoch });
    },
  };

  /** Whether the sweeper runs during an execution's waits: each second, on AWS each minute. */
  sweepsDuringWaits = false;
  /** The logged warnings. */
  readonly warned: object[] = [];
  /** How many records these sweeps took over. Each had a live owner, so this should stay 0. */
  takenFromLiveOwners = 0;

  /** How many seconds Lambda takes to start a task after the state machine calls it. */
  silentSeconds = 0;

  async #wait(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.time += 1000;
      if (!this.sweepsDuringWaits) continue;
      const { takenOver } = await sweep({ ...this.#dependencies, workflow: this.workflow }, {});
      this.takenFromLiveOwners += takenOver;
    }
  }

  /** How many of the next StartExecution calls fail. The sweeper must find those records. */
  startFailures = 0;

  #asking() {
    const correlationId = `request-${++this.#requests}`;
    return { correlationId, key: { key: `key of ${correlationId}`, body: 'b' } };
  }
  get #requestTools() {
    return {
      store: this.store,
      workflow: {
        start: async (owner: { trackerId: string; epoch: number }) => {
          if (this.startFailures-- > 0) throw new Error('injected StartExecution failure');
          await this.workflow.start(owner);
        },
      },
      settings: this.settings,
      now: () => this.time,
      features: { destroyAdopted: this.destroyAdopted },
      logStartFailure: () => {},
    };
  }

  /** POST /event-trackers. `firstUse`: the data stored with the Idempotency-Key. */
  ask(
    {
      taskToken,
      heartbeatSeconds,
      ...changes
    }: {
      name?: string;
      datasetGroupArn?: string;
      tags?: readonly Tag[];
      adoptExisting?: boolean;
      waitForDatasetGroup?: boolean;
      clientContext?: string;
      taskToken?: string;
      heartbeatSeconds?: number;
    } = {},
    asking = this.#asking(),
    firstUse?: FirstUse,
  ) {
    const { datasetGroupArn = GROUP } = changes;
    const desired = {
      name: 'shop',
      adoptExisting: false,
      tags: TAGS,
      ...changes,
      datasetGroupArn,
      trackerId: trackerIdOf(datasetGroupArn),
      tenantId: TENANT,
      ...(taskToken !== undefined && { callback: { taskToken, ...(heartbeatSeconds && { heartbeatSeconds }) } }),
      ...asking,
    };
    return requestEventTracker(this.#requestTools, desired, firstUse);
  }
  /** DELETE /event-trackers/{trackerId} */
  delete({ destroy = false, datasetGroupArn = GROUP } = {}) {
    return requestDeletion(this.#requestTools, {
      trackerId: trackerIdOf(datasetGroupArn),
      caller: CALLER,
      destroy,
      ...this.#asking(),
    });
  }
  /** PATCH /event-trackers/{trackerId} */
  patch(patch: Patch, asking = this.#asking(), firstUse?: FirstUse) {
    return requestUpdate(this.#requestTools, { trackerId: TRACKER, caller: CALLER, patch, ...asking }, firstUse);
  }
  /** POST /event-trackers/{trackerId}/retry */
  retry() {
    return requestRetry(this.#requestTools, { trackerId: TRACKER, caller: CALLER, ...this.#asking() });
  }
  /** The cursor of the drift check: where its last run ended. */
  driftPlace: DriftCursorPosition = {};
  readonly driftCursor = {
    read: async () => this.driftPlace,
    save: async (place: DriftCursorPosition) => {
      this.driftPlace = place;
    },
  };
  #onlyHome(personalize: DriftGateway): DriftDependencies['places'] {
    return [{ accountId: '123456789012', region: 'us-east-1', personalize, cursor: this.driftCursor }];
  }
  /** Runs the drift check on every record. */
  drift({ recreateMissing = false, repairTags = false } = {}) {
    const dependencies = {
      ...this.#dependencies,
      places: this.#onlyHome(createDriftGateway(this.#client, this.#deployment)),
      workflow: this.workflow,
      recreateMissing,
      repairTags,
    };
    return detectDrift(dependencies, { everything: true });
  }

  /** Runs the drift check against another Personalize gateway, and counts its calls. */
  async driftOf(personalize: DriftGateway) {
    const counts = { describes: 0, tagReads: 0 };
    const result = await detectDrift(
      {
        ...this.#dependencies,
        workflow: this.workflow,
        recreateMissing: false,
        repairTags: false,
        places: this.#onlyHome({
          listAll: () => personalize.listAll(),
          listOfGroup: (arn) => personalize.listOfGroup(arn),
          describe: (arn) => {
            counts.describes++;
            return personalize.describe(arn);
          },
          readTags: (arn, trackerId) => {
            counts.tagReads++;
            return personalize.readTags(arn, trackerId);
          },
        }),
      },
      { everything: true },
    );
    return { ...counts, result };
  }

  /** The record of a dataset group, the demo group by default. */
  recordOf(datasetGroupArn = GROUP): EventTrackerRecord {
    const record = this.store.records.get(trackerIdOf(datasetGroupArn));
    if (record === undefined) throw new Error('there is no record');
    return record;
  }
  get record(): EventTrackerRecord {
    return this.recordOf();
  }
  /** The events without duplicates, ordered by sequence, as a conforming subscriber processes them. */
  get received(): EventTrackerStateChange[] {
    const bySequence = new Map(this.published.map((event) => [event.metadata.sequence, event]));
    return [...bySequence.values()].sort((left, right) => left.metadata.sequence - right.metadata.sequence);
  }

  /**
   * Runs the started executions one after the other. Each runs until it ends, or dies after `stepsBeforeDeath` steps.
   * @throws if an execution does not end within 500 steps
   */
  async run(stepsBeforeDeath = Number.POSITIVE_INFINITY): Promise<void> {
    for (let owner = this.#running.shift(); owner !== undefined; owner = this.#running.shift()) {
      await this.#execute(owner, stepsBeforeDeath);
    }
  }

  async #execute(owner: { trackerId: string; epoch: number }, stepsBeforeDeath: number): Promise<void> {
    let ids = { version: 1, ...owner };
    let next: TaskResult | undefined;
    for (let step = 0; step < 500; step++) {
      if (step >= stepsBeforeDeath) return;
      next = await this.#step(ids, next);
      if (next.action === 'Done') return;
      if (next.action !== 'HandOver') continue;
      // The record is due immediately. The next sweep starts the next execution, and its steps count toward this one's limit.
      await sweep({ ...this.#dependencies, workflow: this.workflow }, {});
      const index = this.#running.findIndex(({ trackerId }) => trackerId === owner.trackerId);
      const [resumed] = index < 0 ? [] : this.#running.splice(index, 1);
      if (resumed === undefined) return;
      ids = { version: 1, ...resumed };
      next = undefined;
    }
    throw new Error(
      `The execution did not end; the record is ${JSON.stringify(this.store.records.get(owner.trackerId))}`,
    );
  }

  async #step(ids: object, previous: TaskResult | undefined): Promise<TaskResult> {
    const input = { ...ids, generation: previous?.generation, round: previous?.round };
    const observing = { ...ids, next: previous };
    for (;;) {
      try {
        if (previous?.action === 'WaitBeforeNextPoll') await this.#wait(previous.waitSeconds);
        await this.#wait(this.silentSeconds);
        switch (previous?.action) {
          case undefined:
          case 'ObserveAgain':
          case 'WaitBeforeNextPoll':
            return await runTask(Observe, this.#dependencies, observing);
          case 'PublishEvents':
            return await runTask(PublishEvents, this.#dependencies, input);
          case 'Done':
          case 'HandOver':
            return previous;
          case 'CheckDatasetGroup':
          case 'CreateEventTracker':
          case 'DeleteEventTracker':
          case 'UpdateTags':
            return await runTask(TASKS[previous.action], this.#dependencies, input);
        }
      } catch (error) {
        if (!(error instanceof ThrottledError || error instanceof UnknownOutcomeError)) throw error;
        await this.#wait(10);
      }
    }
  }

  /** Runs the sweeper once. It starts executions, but does not run them. */
  async sweepOnce(): Promise<void> {
    const { failed } = await sweep({ ...this.#dependencies, workflow: this.workflow }, {});
    if (failed > 0) throw new Error('the sweeper failed for some records');
  }

  /** Runs the sweeper whenever a record falls due, and the executions that it starts, until nothing is left to take over. */
  async sweepUntilIdle(): Promise<void> {
    for (let round = 0; round < 40; round++) {
      const dues = [...this.store.records.values()].filter(({ due }) => due.lane === 'urgent').map(({ due }) => due.at);
      if (dues.length === 0) return;
      this.time = Math.max(this.time, Math.min(...dues)) + 1;
      await this.sweepOnce();
      await this.run();
    }
    throw new Error('the sweeper never runs out of records to take over');
  }

  /** The trackers that Personalize has in the dataset group. */
  async trackers(datasetGroupArn: string) {
    const reply = this.personalize.core.call('ListEventTrackers', { datasetGroupArn });
    if (reply.kind !== 'output') throw new Error('ListEventTrackers failed');
    return reply.output.eventTrackers;
  }

  /** The calls of one operation that reached Personalize. */
  calls(operation: string) {
    return this.personalize.core.calls().filter((call) => call.operation === operation);
  }
}
