import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEventBusGateway } from '../../functions/gateways/event-bus.ts';
import { createParameterStore } from '../../functions/gateways/parameter-store.ts';
import { createPersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { createDriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { createPersonalizeEventsGateway } from '../../functions/gateways/personalize-events.ts';
import { createRoleSessions } from '../../functions/gateways/role-sessions.ts';
import { createSecretsManager } from '../../functions/gateways/secrets-manager.ts';
import { createTaskCallbackGateway } from '../../functions/gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway } from '../../functions/gateways/task-heartbeats.ts';
import type { TrackingIdPaths } from '../../functions/gateways/tracking-id-paths.ts';
import { createWorkflowGateway } from '../../functions/gateways/workflow.ts';
import { createIdempotencyStore } from '../../functions/store/idempotency-store.ts';
import { createOperationStore } from '../../functions/store/operation-store.ts';
import { createStatusIndex } from '../../functions/store/status-index.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { createTrackingIdEntries } from '../../functions/store/tracking-id-entries.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { newOperation } from '../../functions/tracker/operation.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import type { Bundles } from '../../infra/aws/bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/aws/function-names.ts';
import { codeIn } from './code-in.ts';
import { grantsOf } from './policies.ts';
import type { Synthesized } from './synthesized.ts';
import { type Answer, startWireStub, type WireStub } from './wire-stub.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const TRACKER = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1';
const ROLE = {
  accountId: '210987654321',
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'full:acme',
};

/** Additional actions that AWS requires for a call, by the action of the call. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  // The call sets tags.
  'personalize:CreateEventTracker': 'personalize:TagResource',
};

/** Answers to the gateways. Together with REFUSED, they make the gateways send every call they can. */
const FOUND: Readonly<Record<string, Answer>> = {
  'dynamodb:Query': { body: { Items: [{ trackerId: { S: 'et-1' }, dueAt: { N: '1' } }] } },
  'personalize:ListEventTrackers': { body: { eventTrackers: [{ eventTrackerArn: TRACKER, status: 'ACTIVE' }] } },
  'personalize:DescribeEventTracker': { body: { eventTracker: { eventTrackerArn: TRACKER, status: 'ACTIVE' } } },
  'personalize:DescribeDatasetGroup': { body: { datasetGroup: { status: 'ACTIVE' } } },
  'personalize:ListDatasets': {
    body: { datasets: [{ datasetType: 'Action_Interactions', datasetArn: 'arn:dataset' }] },
  },
  'events:PutEvents': { body: { Entries: [{ EventId: 'e' }] } },
  'secretsmanager:DescribeSecret': { body: { DeletedDate: 1 } },
};
const REFUSED: Readonly<Record<string, Answer>> = {
  'secretsmanager:DescribeSecret': { status: 400, body: { __type: 'ResourceNotFoundException', message: 'no' } },
  'personalize:ListEventTrackers': { status: 400, body: { __type: 'InvalidInputException', message: 'no' } },
  'personalize:DescribeDatasetGroup': { status: 400, body: { __type: 'ResourceNotFoundException', message: 'no' } },
};

const record = createRecord(
  {
    trackerId: 'et-1',
    datasetGroupArn: GROUP,
    name: 'shop',
    tags: [],
    tenantId: 'acme',
    adoptExisting: false,
    correlationId: 'c',
    key: { key: 'k', body: 'b' },
  },
  1,
  AWS_SETTINGS,
);

const OPERATION = newOperation(
  { operationId: 'op-1', filter: { failureCodes: ['CONFLICT'], limit: 1 }, requestHash: 'h', correlationId: 'c' },
  1,
);

/** Calls every method of every gateway and store once. The keys are the names by which the functions call them. */
function calls(endpoint: string): Readonly<Record<string, () => Promise<unknown>>> {
  const options = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const store = createTrackerStore(documents, 'table');
  const operations = createOperationStore(documents, 'table');
  const index = createStatusIndex(documents, 'table');
  const keys = createIdempotencyStore(documents, 'table');
  const workflow = createWorkflowGateway(new SFNClient(options), 'arn:machine');
  const callbacks = createTaskCallbackGateway(new SFNClient(options));
  const heartbeats = createTaskHeartbeatGateway(new SFNClient(options));
  const bus = createEventBusGateway(new EventBridgeClient(options), 'bus');
  const personalize = createPersonalizeGateway(new PersonalizeClient(options), 'test');
  const drift = createDriftGateway(new PersonalizeClient(options), 'test');
  const personalizeEvents = createPersonalizeEventsGateway(new PersonalizeEventsClient(options));
  const sessions = createRoleSessions(new STSClient(options), 'test', Date.now);
  const entryTable = createTrackingIdEntries(documents, 'entries');
  const parameters = createParameterStore(new SSMClient(options), 'key');
  const secrets = createSecretsManager(new SecretsManagerClient(options), 'key');
  const entry = { tenantId: 'acme', trackerId: 'et-1', sequence: 1, name: 'shop', datasetGroupArn: GROUP };
  const owner = { tenantId: 'acme', keyHash: 'h' };
  const event = { sessionId: 's', trackingId: 't', events: [{ eventType: 'view', sentAt: new Date(0) }] };
  const due = { kind: 'callback', id: 'i', at: 1, taskToken: 'token' } as const;
  return {
    'store.read': () => store.read('et-1'),
    'store.readOf': () => store.readOf('acme', 'et-1'),
    'store.create': () => store.create(record),
    'store.save': () => store.save(record, { ...record, status: 'ACTIVE' }),
    'operations.create': () => operations.create(OPERATION),
    'operations.read': () => operations.read('op-1'),
    'operations.save': () => operations.save(OPERATION, OPERATION),
    'operations.writePlan': () => operations.writePlan(OPERATION, 0, []),
    'operations.readPlan': () => operations.readPlan(OPERATION, 0),
    'operations.list': () => operations.list(10),
    'operations.listDue': () => operations.listDue(1),
    'store.readMany': () => store.readMany(['et-1']),
    'statusIndex.list': () => index.list({ statuses: ['ACTIVE'], order: 'newest first' }, 10),
    'statusIndex.count': () => index.count({ statuses: ['ACTIVE'] }),
    'store.listOfTenant': () => store.listOfTenant('acme', 10),
    'store.countUnfinished': () => store.countUnfinished('acme', 10),
    'store.listDue': () => store.listDue('urgent', 1, 10),
    'idempotency.read': () => keys.read(owner, 1),
    'idempotency.remember': () =>
      keys.remember(owner, { requestHash: 'r', trackerId: 'et-1', generation: 1, contextRevision: 0 }, 1),
    'workflow.start': () => workflow.start({ trackerId: 'et-1', epoch: 1 }),
    'callbacks.answer': async () => {
      await callbacks.answer('et-1', { ...due, status: 'ACTIVE', eventTrackerArn: TRACKER });
      await callbacks.answer('et-1', { ...due, status: 'DELETED' });
    },
    'heartbeats.send': () => heartbeats.send('token'),
    'bus.put': () => bus.put([{ id: 'e', at: 1, detailType: 'd', detail: {} }]),
    'personalize.describe': async () => [await personalize.describe(TRACKER), await drift.describe(TRACKER)],
    'personalize.list': () => personalize.list(GROUP, 'et-1'),
    'personalize.describeDatasetGroup': () => personalize.describeDatasetGroup(GROUP),
    'personalize.create': () => personalize.create({ name: 'shop', datasetGroupArn: GROUP, tags: [], trackerId: 'et' }),
    'personalize.delete': () => personalize.delete(TRACKER),
    'personalize.tag': () => personalize.tag(TRACKER, [{ tagKey: 'team', tagValue: 'web' }]),
    'personalize.untag': () => personalize.untag(TRACKER, ['team']),
    'personalize.listAll': () => drift.listAll(),
    'personalize.listOfGroup': () => drift.listOfGroup(GROUP),
    'personalize.readTags': async () => [
      await personalize.readTags(TRACKER, 'et-1'),
      await drift.readTags(TRACKER, 'et-1'),
    ],
    'personalizeEvents.put': () => personalizeEvents.put(event),
    'sessions.credentials': () => sessions.credentials(ROLE),
    'entryTable.read': () => entryTable.read('acme', 'et-1'),
    'entryTable.save': () => entryTable.save(entry, undefined),
    'entryTable.withName': () => entryTable.withName('acme', 'shop'),
    ...ofPaths('parameters', parameters),
    ...ofPaths('secrets', secrets),
  };
}

/** Each function that keeps tracking IDs has one of the gateways, which have the same methods. */
const ofPaths = (place: string, pathStore: TrackingIdPaths) => ({
  [`pathStore.read ${place}`]: () => pathStore.read('/path'),
  [`pathStore.write ${place}`]: () => pathStore.write('/path', 'id', 'description'),
  [`pathStore.remove ${place}`]: () => pathStore.remove('/path'),
});

/** The actions that each method sent for any of the answers. */
async function sentByMethod(stub: WireStub): Promise<Record<string, Set<string>>> {
  const sent: Record<string, Set<string>> = {};
  for (const [method, call] of Object.entries(calls(stub.url))) {
    sent[method] = new Set();
    for (const answers of [FOUND, REFUSED]) {
      stub.answer(answers);
      // A method may throw for an answer; the actions it sent count nevertheless.
      await call().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
      for (const { action } of stub.sent()) sent[method].add(action);
    }
  }
  return sent;
}

/** A method call in a bundle, in which esbuild numbers names that conflict. */
const METHOD_CALL =
  /\b(store|statusIndex|operations|idempotency|workflow|callbacks|heartbeats|bus|personalize|personalizeEvents|entryTable|pathStore)\d*\.(\w+)\(/g;

/** Modules that call the methods. Other modules define them, or have methods with the same names. */
const CALLS_METHODS = /^functions\/(api|requests|workflow|sweep|operations|tracking-ids)\//;

/** A wrapper of a store delegates methods that may have no caller. */
const DELEGATION = /\b(\w+): \([^)]*\) => \w+\.\1\(/g;

/** The methods that the modules in a function's bundle call. esbuild writes the name of each module in a comment. */
function methodsOf(readable: Bundles, name: FunctionName): Set<string> {
  const text = codeIn(readable[name].folder);
  const modules = text.split(/^\/\/ (?=\S+\/\S+$)/m).filter((module) => CALLS_METHODS.test(module));
  const calls = modules.flatMap((module) => [...module.replaceAll(DELEGATION, '').matchAll(METHOD_CALL)]);
  const place = name.replace('tracking-id-', '');
  return new Set(calls.map(([, of, method]) => `${of}.${method}${of === 'pathStore' ? ` ${place}` : ''}`));
}

export function sentActions({ full, readable }: { full: Synthesized; readable: Bundles }): void {
  describe('each function may call exactly the actions that it calls', () => {
    let stub: WireStub;
    let sent: Record<string, Set<string>>;
    beforeAll(async () => {
      stub = await startWireStub();
      sent = await sentByMethod(stub);
    });
    afterAll(() => stub.close());

    test.each(FUNCTION_NAMES)('%s', (name) => {
      const called = new Set<string>();
      for (const method of methodsOf(readable, name)) {
        expect(sent, `the actions of ${method} are unknown: add it to calls()`).toHaveProperty([method]);
        for (const action of sent[method] ?? []) {
          called.add(action);
          const also = ALSO_CALLED[action];
          if (also !== undefined) called.add(also);
          // In the account and Region of the record.
          if (action.startsWith('personalize:'))
            for (const each of sent['sessions.credentials'] ?? []) called.add(each);
        }
      }
      const granted = (grantsOf(full)[`${name}/Role`] ?? [])
        .map((row) => row.split(' ')[0] ?? '')
        // Lambda itself sends failures to the dead-letter queue.
        .filter((action) => !/^(logs|xray|kms|sqs):/.test(action));
      expect([...new Set(granted)].sort()).toEqual([...called].sort());
    });

    test('every command of the gateways and stores is covered', () => {
      const written = ['gateways', 'store'].flatMap((folder) =>
        readdirSync(join(ROOT, 'functions', folder)).flatMap((file) =>
          [...readFileSync(join(ROOT, 'functions', folder, file), 'utf8').matchAll(/\bnew (\w+)Command\(/g)].map(
            ([, command]) => command ?? '',
          ),
        ),
      );
      // The operation names of the document client's commands.
      const wire: Record<string, string> = {
        Get: 'GetItem',
        Put: 'PutItem',
        Update: 'UpdateItem',
        BatchGet: 'BatchGetItem',
      };
      const operations = new Set(written.map((command) => wire[command] ?? command));
      const recorded = new Set(Object.values(sent).flatMap((each) => [...each].map((action) => action.split(':')[1])));
      expect([...recorded].sort()).toEqual([...operations].sort());
    });

    test('only gateways and stores send commands', () => {
      const sources = ['api', 'workflow', 'sweep', 'operations', 'tracker'].flatMap((folder) =>
        readdirSync(join(ROOT, 'functions', folder)).map((file) => join(ROOT, 'functions', folder, file)),
      );
      for (const path of sources) expect(readFileSync(path, 'utf8'), path).not.toMatch(/\bnew \w+Command\(/);
    });
  });
}
