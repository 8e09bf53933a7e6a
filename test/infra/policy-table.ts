import type { FunctionName } from '../../infra/aws/function-names.ts';

/** What a role may do: an action, on a resource; with a reason where the resource has a wildcard. */
export type Row = readonly [action: string, resource: string, reason?: string];

const GROUPS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:dataset-group/*';
const DATASETS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:dataset/*';
const TRACKERS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:event-tracker/*';
/** The tags by which a tracker is known as this deployment's are in the call. */
const OUR_TAGS =
  ' if StringEquals {"aws:RequestTag/event-trackers:deployment":"<stage>"}' +
  ' if Null {"aws:RequestTag/event-trackers:tracker-id":"false"}';
/** The tracker carries no other deployment's tag. */
const NOT_ANOTHERS = ' if StringEqualsIfExists {"aws:ResourceTag/event-trackers:deployment":"<stage>"}';
/** The tracker carries this deployment's tag. */
const OURS = ' if StringEquals {"aws:ResourceTag/event-trackers:deployment":"<stage>"}';
const BY_DYNAMODB = ' if StringEquals {"kms:ViaService":"dynamodb.<AWS::Region>.<AWS::URLSuffix>"}';

const NO_RESOURCE =
  "Service Authorization Reference: the action supports no resource-level permissions, so the resource is '*'.";
const OPAQUE =
  "A tracker's ARN is made by Personalize and opaque; this account's and Region's are as narrow as it gets.";
const OF_REQUESTS = 'Which groups there are is known when requests name them; tenancy is held before any call.';

const ownLogs = (place: string): Row[] => [
  ['logs:CreateLogStream', `<${place}/Logs.Arn>`],
  ['logs:PutLogEvents', `<${place}/Logs.Arn>`],
];
const X_RAY: Row[] = [
  ['xray:PutTraceSegments', '*', NO_RESOURCE],
  ['xray:PutTelemetryRecords', '*', NO_RESOURCE],
];
const table = (...actions: string[]): Row[] => actions.map((action) => [`dynamodb:${action}`, '<Table.Arn>']);
const GROUP_READ: Row = ['personalize:DescribeDatasetGroup', GROUPS, OF_REQUESTS];
const PREFLIGHT: Row[] = [GROUP_READ, ['personalize:ListDatasets', '*', NO_RESOURCE]];
const TRACKERS_READ: Row[] = [
  ['personalize:DescribeEventTracker', TRACKERS, OPAQUE],
  ['personalize:ListTagsForResource', TRACKERS, OPAQUE],
  ['personalize:ListEventTrackers', '*', NO_RESOURCE],
];
const LOOK: Row[] = [...PREFLIGHT, ...TRACKERS_READ, ['personalize:DescribeDataset', DATASETS, OF_REQUESTS]];
const ANY_TASK = 'A task token names no state machine; only where the deployment asks for callbacks.';
const HEARTBEAT: Row = ['states:SendTaskHeartbeat', '*', ANY_TASK];
const START: Row[] = [['states:StartExecution', '<StateMachine>']];

/** Where adopted trackers may be deleted as well: they carry no tag of ours. */
const DELETION = 'personalize:DeleteEventTracker';

/** What each function may do besides its log and its traces, in the deployment that has everything turned on. */
const OF_FUNCTIONS: Readonly<Record<FunctionName, readonly Row[]>> = {
  'api-read': [...table('GetItem', 'BatchGetItem', 'Query'), ['dynamodb:Query', '<Table.Arn>/index/tenant']],
  'api-write': [
    ...table('GetItem', 'PutItem', 'UpdateItem', 'Query'),
    ['dynamodb:Query', '<Table.Arn>/index/unfinished'],
    ...START,
    ...LOOK,
  ],
  'api-events': [...table('GetItem', 'Query'), ['personalize:PutEvents', '*', NO_RESOURCE]],
  Observe: [...table('GetItem', 'UpdateItem'), HEARTBEAT, ...LOOK],
  CheckDatasetGroup: [...table('GetItem', 'UpdateItem'), HEARTBEAT, ...PREFLIGHT],
  CreateEventTracker: [
    ...table('GetItem', 'UpdateItem'),
    HEARTBEAT,
    [`personalize:CreateEventTracker${OUR_TAGS}`, TRACKERS, OPAQUE],
    [`personalize:CreateEventTracker${OUR_TAGS}`, GROUPS, OF_REQUESTS],
    [`personalize:TagResource${OUR_TAGS}${NOT_ANOTHERS}`, TRACKERS, OPAQUE],
  ],
  DeleteEventTracker: [...table('GetItem', 'UpdateItem'), HEARTBEAT, [DELETION, TRACKERS, OPAQUE]],
  PublishEvents: [
    ...table('GetItem', 'UpdateItem'),
    ['events:PutEvents', '<Bus.Arn>'],
    ['states:SendTaskSuccess', '*', ANY_TASK],
    ['states:SendTaskFailure', '*', ANY_TASK],
    HEARTBEAT,
  ],
  sweep: [...table('GetItem', 'UpdateItem'), ['dynamodb:Query', '<Table.Arn>/index/due'], ...START],
  drift: [
    ...table('GetItem', 'UpdateItem'),
    ['dynamodb:Query', '<Table.Arn>/index/due'],
    ...START,
    ...TRACKERS_READ,
    GROUP_READ,
  ],
};

const KEY_READS = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_WRITES = [
  ...KEY_READS,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What DynamoDB does with the customer's key on behalf of who reads or writes. */
function throughTheKey(rows: readonly Row[]): Row[] {
  const writes = rows.some(([action]) => ['dynamodb:PutItem', 'dynamodb:UpdateItem'].includes(action));
  return (writes ? KEY_WRITES : KEY_READS).map((action) => [`${action}${BY_DYNAMODB}`, '<Key.Arn>']);
}

/** The roles that are no function's. */
const OF_SERVICES: Readonly<Record<string, readonly Row[]>> = {
  StateMachineRole: [
    ...['Observe', 'CheckDatasetGroup', 'CreateEventTracker', 'DeleteEventTracker', 'PublishEvents'].map(
      (task): Row => ['lambda:InvokeFunction', `<${task}/Function.Arn>`],
    ),
    ...[
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
    ].map((action): Row => [action, '*', NO_RESOURCE]),
  ],
  SchedulerRole: [
    ['lambda:InvokeFunction', '<sweep/Function.Arn>'],
    ['lambda:InvokeFunction', '<drift/Function.Arn>'],
    ['sqs:SendMessage', '<ScheduleDeadLetters.Arn>'],
  ],
};

/** Every role of the deployment that has everything turned on, by its construct's path. */
export const POLICIES: Readonly<Record<string, readonly Row[]>> = {
  ...Object.fromEntries(
    Object.entries(OF_FUNCTIONS).map(([name, rows]) => [
      `${name}/Role`,
      [...ownLogs(name), ...X_RAY, ...rows, ...throughTheKey(rows)],
    ]),
  ),
  ...OF_SERVICES,
  SchedulerRole: [
    ...(OF_SERVICES.SchedulerRole ?? []),
    ['kms:Decrypt', '<Key.Arn>'],
    ['kms:GenerateDataKey', '<Key.Arn>'],
  ],
};

/** The same for a deployment with nothing turned on. */
export const POLICIES_BY_DEFAULT: typeof POLICIES = Object.fromEntries(
  Object.entries(POLICIES)
    .filter(([role]) => role !== 'api-events/Role')
    .map(([role, rows]) => [
      role,
      rows
        .filter(([action, on]) => !/^(kms:|states:SendTask)/.test(action) && !on.endsWith('/index/unfinished'))
        .map(([action, ...row]): Row => [action === DELETION ? `${action}${OURS}` : action, ...row]),
    ]),
);
