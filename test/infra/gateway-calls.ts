import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PersonalizeClient } from '@aws-sdk/client-personalize';
import { PersonalizeEventsClient } from '@aws-sdk/client-personalize-events';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { createEventBusGateway } from '../../functions/gateways/event-bus.ts';
import { createGovernorGateway } from '../../functions/gateways/governors.ts';
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
import { createAdmissionStore } from '../../functions/store/admission-store.ts';
import { createIdempotencyStore } from '../../functions/store/idempotency-store.ts';
import { createOperationStore } from '../../functions/store/operation-store.ts';
import { createStatusIndex } from '../../functions/store/status-index.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { createTrackingIdEntries } from '../../functions/store/tracking-id-entries.ts';
import { NONE_RECENT, toAdmission } from '../../functions/tracker/admission.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { newOperation } from '../../functions/tracker/operation.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import type { Bundles } from '../../infra/aws/bundle.ts';
import type { FunctionName } from '../../infra/aws/function-names.ts';
import { codeIn } from './code-in.ts';
import type { Answer, SentCall, WireStub } from './wire-stub.ts';

/*
 * The calls of AWS that each function makes: every method of the gateways and stores is called against a stub, and a bundle tells which of
 * these methods its code calls.
 */

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const TRACKER = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/1';
/** The names of what a deployment of the stage `full` has, as the calls give them. */
export const DEPLOYED = {
  stage: 'full',
  table: 'event-trackers-full-Table',
  entries: 'event-trackers-full-Entries',
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:event-trackers-full-lifecycle',
  admissionStateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:event-trackers-full-admission',
  bus: 'event-trackers-full-bus',
  trackingIdKey: 'arn:aws:kms:us-east-1:123456789012:key/0f1e',
  path: '/event-trackers/full/acme/shop',
} as const;
const ROLE = {
  accountId: '210987654321',
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
  externalId: 'full:acme',
};

/** Additional actions that AWS requires for a call, by the action of the call. */
export const ALSO_CALLED: Readonly<Record<string, string>> = {
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
    body: {
      datasets: [
        {
          datasetType: 'Action_Interactions',
          datasetArn: 'arn:aws:personalize:us-east-1:123456789012:dataset/acme-shop/ACTIONS',
        },
      ],
    },
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

const PLACE = '123456789012/us-east-1';
const ADMISSION = toAdmission(undefined, 1);

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
  const store = createTrackerStore(documents, DEPLOYED.table);
  const admissions = createAdmissionStore(documents, DEPLOYED.table, 1);
  const governors = createGovernorGateway(new SFNClient(options), DEPLOYED.admissionStateMachineArn);
  const operations = createOperationStore(documents, DEPLOYED.table);
  const index = createStatusIndex(documents, DEPLOYED.table);
  const keys = createIdempotencyStore(documents, DEPLOYED.table);
  const workflow = createWorkflowGateway(new SFNClient(options), DEPLOYED.stateMachineArn);
  const callbacks = createTaskCallbackGateway(new SFNClient(options));
  const heartbeats = createTaskHeartbeatGateway(new SFNClient(options));
  const bus = createEventBusGateway(new EventBridgeClient(options), DEPLOYED.bus);
  const personalize = createPersonalizeGateway(new PersonalizeClient(options), DEPLOYED.stage);
  const drift = createDriftGateway(new PersonalizeClient(options), DEPLOYED.stage);
  const personalizeEvents = createPersonalizeEventsGateway(new PersonalizeEventsClient(options));
  const sessions = createRoleSessions(new STSClient(options), DEPLOYED.stage, Date.now);
  const entryTable = createTrackingIdEntries(documents, DEPLOYED.entries);
  const parameters = createParameterStore(new SSMClient(options), DEPLOYED.trackingIdKey);
  const secrets = createSecretsManager(new SecretsManagerClient(options), DEPLOYED.trackingIdKey);
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
    'store.listWaiting': () => store.listWaiting(PLACE, 10),
    'admissions.read': () => admissions.read(PLACE),
    'admissions.readRecent': () => admissions.readRecent(PLACE),
    'admissions.registerPlace': () => admissions.registerPlace(PLACE),
    'admissions.readPlaces': () => admissions.readPlaces(),
    'admissions.pass': () => admissions.pass(PLACE, ADMISSION, 1),
    'admissions.takePlace': () => admissions.takePlace(PLACE, 'acme', ADMISSION, 1),
    'admissions.startGovernor': () => admissions.startGovernor(PLACE, ADMISSION, 1),
    'admissions.takePollSlot': () => admissions.takePollSlot(PLACE, ADMISSION, undefined, 1),
    'admissions.countThrottledCall': () => admissions.countThrottledCall(PLACE),
    'admissions.saveTick': () => admissions.saveTick(PLACE, ADMISSION, { admission: ADMISSION, recent: NONE_RECENT }),
    'governors.start': () => governors.start({ place: PLACE, governor: 1 }, 1),
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
  [`pathStore.read ${place}`]: () => pathStore.read(DEPLOYED.path),
  [`pathStore.write ${place}`]: () => pathStore.write(DEPLOYED.path, 'id', 'description'),
  [`pathStore.remove ${place}`]: () => pathStore.remove(DEPLOYED.path),
});

/** The calls that each method made for any of the answers. */
export async function sentByMethod(stub: WireStub): Promise<Record<string, SentCall[]>> {
  const sent: Record<string, SentCall[]> = {};
  for (const [method, call] of Object.entries(calls(stub.url))) {
    sent[method] = [];
    for (const answers of [FOUND, REFUSED]) {
      stub.answer(answers);
      // A method may throw for an answer; the actions it sent count nevertheless.
      await call().catch((error: unknown) => expect(error).toBeInstanceOf(Error));
      sent[method].push(...stub.sent());
    }
  }
  return sent;
}

/** A method call in a bundle, in which esbuild numbers names that conflict. */
const METHOD_CALL =
  /\b(store|admissions|governors|statusIndex|operations|idempotency|workflow|callbacks|heartbeats|bus|personalize|personalizeEvents|entryTable|pathStore)\d*\.(\w+)\(/g;

/** Modules that call the methods. Other modules define them, or have methods with the same names. */
const CALLS_METHODS = /^functions\/(api|requests|workflow|sweep|operations|tracking-ids)\//;

/** A wrapper of a store delegates methods that may have no caller. */
const DELEGATION = /\b(\w+): \([^)]*\) => \w+\.\1\(/g;

/** The methods that the modules in a function's bundle call. esbuild writes the name of each module in a comment. */
export function methodsOf(readable: Bundles, name: FunctionName): Set<string> {
  const text = codeIn(readable[name].folder);
  const modules = text.split(/^\/\/ (?=\S+\/\S+$)/m).filter((module) => CALLS_METHODS.test(module));
  const calls = modules.flatMap((module) => [...module.replaceAll(DELEGATION, '').matchAll(METHOD_CALL)]);
  const place = name.replace('tracking-id-', '');
  return new Set(calls.map(([, of, method]) => `${of}.${method}${of === 'pathStore' ? ` ${place}` : ''}`));
}
