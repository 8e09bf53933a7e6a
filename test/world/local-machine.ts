import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createEventBusGateway } from '../../functions/gateways/event-bus.ts';
import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { createDriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { createWorkflowGateway } from '../../functions/gateways/workflow.ts';
import { requestDeletion } from '../../functions/requests/request-deletion.ts';
import { requestEventTracker } from '../../functions/requests/request-event-tracker.ts';
import { createAdmissionStore } from '../../functions/store/admission-store.ts';
import { createDriftCursor } from '../../functions/store/drift-cursor.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { detectDrift } from '../../functions/sweep/drift.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { AWS_SETTINGS, DEFAULT_ADMISSION_RATE } from '../../functions/tracker/settings.ts';
import { CheckDatasetGroup } from '../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../functions/workflow/CreateEventTracker.lambda.ts';
import { DeleteEventTracker } from '../../functions/workflow/DeleteEventTracker.lambda.ts';
import { Observe } from '../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../functions/workflow/PublishEvents.lambda.ts';
import { runTask, type TaskResult } from '../../functions/workflow/task.ts';
import { UpdateTags } from '../../functions/workflow/UpdateTags.lambda.ts';
import { createDynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { createEventBridgeService } from '../../infra/local/eventbridge/service.ts';
import { createPersonalizeService } from '../../infra/local/personalize/service.ts';
import { createStepFunctionsService } from '../../infra/local/step-functions/service.ts';
import { lifecycleDefinition, TASKS, type TaskName } from '../../infra/state-machine.ts';
import { inProcess } from './in-process.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const TRACKER = trackerIdOf(GROUP);
const TABLE_NAME = 'event-trackers';
const BUS_NAME = 'event-trackers';
const MACHINE_ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
const log = { info() {}, warn() {}, error() {} };
const arnOf = (task: TaskName) => `arn:aws:lambda:us-east-1:123456789012:function:${task}`;

/**
 * The deployed workflow on a virtual clock: the ASL file in the local Step Functions, the tasks, and the store on the local DynamoDB, all
 * through the real SDK. (world.ts imitates the state machine's loop instead of running the ASL.) A Wait takes no real time: it advances the
 * clock.
 */
export async function startLocalMachine() {
  let time = Date.parse('2026-11-24T12:00:00Z');
  const clock = () => time;
  const dynamodb = await createDynamoDbService({ tables: [{ TableName: TABLE_NAME, ...tableSchema() }] });
  const personalize = createPersonalizeService({ clock });
  const eventBridge = createEventBridgeService({ clock, deliver: async () => {} });
  const database = new DynamoDBClient(inProcess(dynamodb.wire));
  const control = new PersonalizeClient(inProcess(personalize.control));
  const events = new EventBridgeClient(inProcess(eventBridge.wire));
  const documents = DynamoDBDocumentClient.from(database, { marshallOptions: { removeUndefinedValues: true } });
  const store = createTrackerStore(documents, TABLE_NAME);
  const dependencies = {
    store,
    settings: AWS_SETTINGS,
    now: clock,
    random: () => 0.5,
    log,
    personalize: createPersonalizeGateway(control, 'test'),
    admission: { admissions: createAdmissionStore(documents, TABLE_NAME, DEFAULT_ADMISSION_RATE) },
    bus: createEventBusGateway(events, BUS_NAME),
  };
  const run: Record<TaskName, (input: unknown) => Promise<TaskResult>> = {
    Observe: (input) => runTask(Observe, dependencies, input),
    CheckDatasetGroup: (input) => runTask(CheckDatasetGroup, dependencies, input),
    CreateEventTracker: (input) => runTask(CreateEventTracker, dependencies, input),
    DeleteEventTracker: (input) => runTask(DeleteEventTracker, dependencies, input),
    UpdateTags: (input) => runTask(UpdateTags, dependencies, input),
    PublishEvents: (input) => runTask(PublishEvents, dependencies, input),
  };
  /** The invoked tasks, in order. */
  const invoked: TaskName[] = [];
  const tasks = Object.fromEntries(
    TASKS.map((name) => [
      arnOf(name),
      async (input: unknown) => {
        invoked.push(name);
        const result = await run[name](input);
        if (result.action === 'WaitBeforeNextPoll') time += result.waitSeconds * 1000;
        return result;
      },
    ]),
  );
  const functionArns = Object.fromEntries(TASKS.map((name) => [name, arnOf(name)])) as Record<TaskName, string>;
  const stepFunctions = createStepFunctionsService({
    clock,
    timeScale: 0,
    stateMachines: [{ name: 'event-tracker-lifecycle', definition: lifecycleDefinition(functionArns), tasks }],
  });
  const machine = new SFNClient(inProcess(stepFunctions.wire));
  const workflow = createWorkflowGateway(machine, MACHINE_ARN);
  const requests = { store, workflow, settings: AWS_SETTINGS, now: clock, logStartFailure: () => {} };
  let asked = 0;
  const asking = () => ({ correlationId: `request-${++asked}`, key: { key: `key-${asked}`, body: 'b' } });

  return {
    store,
    personalize,
    /** The tasks, by the names of their Lambda functions. */
    run,
    invoked,
    /** The clients, to count their calls. */
    clients: { database, events, machine, control },
    stepFunctions: { client: machine, stateMachineArn: MACHINE_ARN },
    now: clock,
    pass(ms: number): void {
      time += ms;
    },
    /** POST /event-trackers. With `startFails`, the request is accepted but its execution does not start. */
    ask: ({ startFails = false } = {}) =>
      requestEventTracker(startFails ? { ...requests, workflow: { start: async () => {} } } : requests, {
        name: 'shop',
        adoptExisting: false,
        datasetGroupArn: GROUP,
        tags: [{ tagKey: 'team', tagValue: 'web' }],
        trackerId: TRACKER,
        tenantId: 'acme',
        ...asking(),
      }),
    /** DELETE /event-trackers/{trackerId} */
    delete: () =>
      requestDeletion(
        { ...requests, features: { destroyAdopted: false } },
        {
          trackerId: TRACKER,
          caller: { tenantId: 'acme', isPlatform: false },
          destroy: false,
          ...asking(),
        },
      ),
    sweep: () => sweep({ store, workflow, settings: AWS_SETTINGS, now: clock, log }, {}),
    drift: () =>
      detectDrift(
        {
          store,
          workflow,
          settings: AWS_SETTINGS,
          now: clock,
          log,
          places: [
            {
              accountId: '123456789012',
              region: 'us-east-1',
              personalize: createDriftGateway(control, 'test'),
              cursor: createDriftCursor(documents, TABLE_NAME),
            },
          ],
          recreateMissing: false,
          repairTags: false,
        },
        {},
      ),
    async record() {
      const record = await store.read(TRACKER);
      if (record === undefined) throw new Error('there is no record');
      return record;
    },
    /** Waits until no execution runs. */
    async settled(): Promise<void> {
      while (stepFunctions.running() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    /** All executions, oldest first, with input, output and events as Step Functions returns them. */
    async executions() {
      const { executions = [] } = await machine.send(new ListExecutionsCommand({ stateMachineArn: MACHINE_ARN }));
      return Promise.all(
        executions.reverse().map(async ({ executionArn }) => {
          const { events = [] } = await machine.send(
            new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
          );
          const { name, status, error, cause, input, output } = await machine.send(
            new DescribeExecutionCommand({ executionArn }),
          );
          return { name, status, error, cause, input, output, events };
        }),
      );
    },
    /** The states that all executions entered, in order. */
    async entered(): Promise<string[]> {
      return (await this.executions()).flatMap(({ events }) =>
        events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
      );
    },
    async close(): Promise<void> {
      await stepFunctions.close();
      eventBridge.close();
      personalize.close();
      for (const client of [database, control, events, machine]) client.destroy();
      await dynamodb.close();
    },
  };
}
export type LocalMachine = Awaited<ReturnType<typeof startLocalMachine>>;
