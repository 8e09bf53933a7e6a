import { setTimeout as nextPoll } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { createEventBusGateway } from '../../../functions/gateways/event-bus.ts';
import { createPersonalizeGateway } from '../../../functions/gateways/personalize.ts';
import { createWorkflowGateway } from '../../../functions/gateways/workflow.ts';
import { requestDeletion } from '../../../functions/requests/request-deletion.ts';
import { requestEventTracker } from '../../../functions/requests/request-event-tracker.ts';
import { requestUpdate } from '../../../functions/requests/request-update.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { trackerIdOf } from '../../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';
import { CheckDatasetGroup } from '../../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../../functions/workflow/CreateEventTracker.lambda.ts';
import { DeleteEventTracker } from '../../../functions/workflow/DeleteEventTracker.lambda.ts';
import { Observe } from '../../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../../functions/workflow/PublishEvents.lambda.ts';
import { runTask } from '../../../functions/workflow/task.ts';
import { UpdateTags } from '../../../functions/workflow/UpdateTags.lambda.ts';
import { createPersonalizeService } from '../../../infra/local/personalize/service.ts';
import { createStepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { jsonAnswer, jsonObject, type WireService } from '../../../infra/local/wire.ts';
import { lifecycleDefinition, TASKS, type TaskName } from '../../../infra/state-machine.ts';
import { inProcess } from '../../world/in-process.ts';
import { MemoryStore } from '../../world/memory-store.ts';

const SCALE = 1000;
const TASK = { Observe, CheckDatasetGroup, CreateEventTracker, DeleteEventTracker, UpdateTags, PublishEvents } as const;
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:event-trackers-${name}`;
const DEFINITION = lifecycleDefinition(
  Object.fromEntries(TASKS.map((name) => [name, arnOf(name)])) as Record<TaskName, string>,
);
const MACHINES = {
  deployed: DEFINITION,
  /** The engine does not scale time-outs, so this copy limits them to 1 s. */
  impatient: DEFINITION.replaceAll(/"TimeoutSeconds": \d+/g, '"TimeoutSeconds": 1'),
} as const;
export type Machine = keyof typeof MACHINES;

/** Intercepts a task: it can run the task's work with `act`, and decides what the state machine gets. */
export type Between = (act: () => Promise<unknown>, invocation: number) => unknown;

/** A dataset group with its tracker id, and the state machine that runs its executions. */
export interface Subject {
  readonly datasetGroupArn: string;
  readonly trackerId: string;
  readonly machine: Machine;
}

/** The deployed JSON in the local Step Functions, with the real tasks, gateways and SDK clients. A second takes a millisecond. */
export class LocalStateMachine {
  #skipped = 0;
  readonly #startedAt = Date.now();
  readonly now = () => this.#startedAt + (Date.now() - this.#startedAt) * SCALE + this.#skipped;
  readonly store = new MemoryStore();
  readonly personalize = createPersonalizeService({ clock: this.now });
  /** The interceptors by tracker and task. */
  readonly between = new Map<string, Between>();
  /** `eventId status` of every entry that the bus accepted. */
  readonly received: string[] = [];
  readonly #invocations = new Map<string, number>();
  readonly #bus: WireService = async ({ body }) => {
    const entries = jsonObject(body).Entries as { Detail: string }[];
    for (const { Detail } of entries) {
      const { metadata, data } = JSON.parse(Detail) as {
        metadata: { eventId: string };
        data: { status: string; outcome?: string };
      };
      this.received.push(`${metadata.eventId} ${data.outcome ?? data.status}`);
    }
    return jsonAnswer({ FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: `${index}` })) });
  };
  readonly #dependencies = {
    store: this.store,
    settings: AWS_SETTINGS,
    now: this.now,
    random: Math.random,
    log: { info() {}, warn() {}, error() {} },
    personalize: createPersonalizeGateway(new PersonalizeClient(inProcess(this.personalize.control)), 'test'),
    bus: createEventBusGateway(new EventBridgeClient(inProcess(this.#bus)), 'event-trackers'),
  };
  readonly machine = createStepFunctionsService({
    clock: Date.now,
    timeScale: 1 / SCALE,
    stateMachines: Object.entries(MACHINES).map(([name, definition]) => ({
      name,
      definition,
      tasks: Object.fromEntries(TASKS.map((task) => [arnOf(task), (input: unknown) => this.#invoke(task, input)])),
    })),
  });
  readonly stepFunctions = new SFNClient(inProcess(this.machine.wire));
  readonly #schema = this.#made(
    this.personalize.core.call('CreateSchema', {
      name: 'interactions',
      schema: JSON.stringify({
        type: 'record',
        name: 'Interactions',
        namespace: 'x',
        fields: [
          ...['USER_ID', 'ITEM_ID'].map((name) => ({ name, type: 'string' })),
          { name: 'TIMESTAMP', type: 'long' },
        ],
        version: '1.0',
      }),
    }),
  );

  #made<Output>(reply: { kind: string; output?: Output }): Output {
    if (reply.output === undefined) throw new Error(`the simulator refused the call: ${JSON.stringify(reply)}`);
    return reply.output;
  }

  async #invoke(task: TaskName, input: unknown): Promise<unknown> {
    const { trackerId } = input as { trackerId: string };
    const key = `${trackerId} ${task}`;
    const invocation = (this.#invocations.get(key) ?? 0) + 1;
    this.#invocations.set(key, invocation);
    const act = () => runTask(TASK[task], this.#dependencies, input);
    const between = this.between.get(key);
    return between ? between(act, invocation) : act();
  }

  /** Creates a dataset group. */
  subject(name: string, machine: Machine): Subject {
    const { core } = this.personalize;
    const { datasetGroupArn } = this.#made(core.call('CreateDatasetGroup', { name }));
    return { datasetGroupArn, trackerId: trackerIdOf(datasetGroupArn), machine };
  }
  /** Adds an Interactions dataset. The dataset group must be ACTIVE. */
  addInteractions({ datasetGroupArn }: Subject, name: string): void {
    const { schemaArn } = this.#schema;
    const asked = { name, schemaArn, datasetGroupArn, datasetType: 'Interactions' };
    this.#made(this.personalize.core.call('CreateDataset', asked));
  }

  #workflow = (machine: Machine) =>
    createWorkflowGateway(this.stepFunctions, `arn:aws:states:us-east-1:123456789012:stateMachine:${machine}`);

  async create({ trackerId, datasetGroupArn, machine }: Subject): Promise<void> {
    const dependencies = { ...this.#dependencies, workflow: this.#workflow(machine), logStartFailure: () => {} };
    const key = { key: 'create', body: 'b' };
    const desired = { trackerId, datasetGroupArn, name: 'shop', tags: [], tenantId: 'acme', adoptExisting: false };
    await requestEventTracker(dependencies, { ...desired, correlationId: 'create', key });
  }
  async patch({ trackerId, machine }: Subject): Promise<void> {
    const dependencies = { ...this.#dependencies, workflow: this.#workflow(machine), logStartFailure: () => {} };
    const caller = { tenantId: 'acme', isPlatform: false };
    const patch = { tags: [{ tagKey: 'team', tagValue: 'web' }] };
    const key = { key: 'patch', body: 'b' };
    await requestUpdate(dependencies, { trackerId, caller, patch, correlationId: 'patch', key });
  }
  async delete({ trackerId, machine }: Subject): Promise<void> {
    const dependencies = { ...this.#dependencies, workflow: this.#workflow(machine), logStartFailure: () => {} };
    const caller = { tenantId: 'acme', isPlatform: false };
    const key = { key: 'delete', body: 'b' };
    await requestDeletion(
      { ...dependencies, features: { destroyAdopted: false } },
      { trackerId, caller, destroy: false, correlationId: 'delete', key },
    );
  }

  /** Runs the sweeper after every lease has ended. The deployed JSON runs what it takes over. */
  sweep() {
    this.skip(20 * 60_000);
    return sweep({ ...this.#dependencies, workflow: this.#workflow('deployed') }, {});
  }
  skip(ms: number): void {
    this.#skipped += ms;
  }

  record({ trackerId }: Subject): EventTrackerRecord {
    const record = this.store.records.get(trackerId);
    if (record === undefined) throw new Error('there is no record');
    return record;
  }
  executionArn({ trackerId }: Subject, machine: Machine, epoch: number): string {
    return `arn:aws:states:us-east-1:123456789012:execution:${machine}:${trackerId}-${epoch}`;
  }

  /** Waits until the execution of the record's epoch has ended, and returns it. */
  async ended(subject: Subject, machine = subject.machine) {
    const executionArn = this.executionArn(subject, machine, this.record(subject).epoch);
    for (;;) {
      const execution = await this.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await nextPoll(20);
    }
  }

  trackers({ datasetGroupArn }: Subject) {
    return this.#made(this.personalize.core.call('ListEventTrackers', { datasetGroupArn })).eventTrackers;
  }
}
