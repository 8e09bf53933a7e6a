import type { FunctionName } from '../../infra/aws/function-names.ts';

/** A permission: an action on a resource, and the reason if the resource has a wildcard. */
export type Row = readonly [action: string, resource: string, reason?: string];

const GROUPS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:dataset-group/*';
const DATASETS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:dataset/*';
const TRACKERS = 'arn:<AWS::Partition>:personalize:<AWS::Region>:<AWS::AccountId>:event-tracker/*';
/** The call sets the tags that mark a tracker as this deployment's. */
const OUR_TAGS =
  ' if StringEquals {"aws:RequestTag/event-trackers:deployment":"<stage>"}' +
  ' if Null {"aws:RequestTag/event-trackers:tracker-id":"false"}';
/** The tracker does not have another deployment's tag. */
const NOT_OF_ANOTHER_DEPLOYMENT = ' if StringEqualsIfExists {"aws:ResourceTag/event-trackers:deployment":"<stage>"}';
/** The tracker has this deployment's tag. */
const OF_THIS_DEPLOYMENT = ' if StringEquals {"aws:ResourceTag/event-trackers:deployment":"<stage>"}';
/** The call names no tag of this service. */
const NO_TAG_OF_OURS = ' if ForAllValues:StringNotLike {"aws:TagKeys":"event-trackers:*"}';
const BY_DYNAMODB = ' if StringEquals {"kms:ViaService":"dynamodb.<AWS::Region>.<AWS::URLSuffix>"}';

/** What Step Functions encrypts: the definition and the histories; and log entries on their way. */
const ofMachine = (name: string): string =>
  ` if StringEquals {"kms:EncryptionContext:aws:states:stateMachineArn":"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:event-trackers-<stage>-${name}"}`;
const TO_THE_LOGS =
  ' if StringEquals {"kms:EncryptionContext:SourceArn":"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:*"}';
const keyOfMachine = (name: string): Row[] => [
  [`kms:Decrypt${ofMachine(name)}`, '<Key.Arn>'],
  [`kms:GenerateDataKey${ofMachine(name)}`, '<Key.Arn>'],
  [`kms:GenerateDataKey${TO_THE_LOGS}`, '<Key.Arn>', NO_LOG],
];
const NO_LOG = "Step Functions names all logs of the account: its documentation has this value, with the '*' in it.";

const NO_RESOURCE =
  "Service Authorization Reference: the action supports no resource-level permissions, so the resource is '*'.";
const OPAQUE =
  "Personalize chooses the ARN of a tracker, so the resource can be limited only to this account's and Region's trackers.";
const OF_REQUESTS =
  'Requests name the dataset groups, so they are unknown at deployment. The service checks the tenant before any call.';

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
const OBSERVE: Row[] = [...PREFLIGHT, ...TRACKERS_READ, ['personalize:DescribeDataset', DATASETS, OF_REQUESTS]];
const ANY_TASK = 'A task token names no state machine. Only a deployment with callbacks has this permission.';
const HEARTBEAT: Row = ['states:SendTaskHeartbeat', '*', ANY_TASK];
const START: Row[] = [['states:StartExecution', '<StateMachine>']];
/** By name: its function starts executions of the lifecycle, whose tasks start this one. */
const START_GOVERNOR: Row = [
  'states:StartExecution',
  'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:event-trackers-<stage>-admission',
];

/** The roles of the setting `accounts`. */
const ROLES: Row[] = ['210987654321:role/event-trackers', '345678901234:role/partners/event-trackers'].map((role) => [
  'sts:AssumeRole',
  `arn:aws:iam::${role}`,
]);

/** Without a condition if adopted trackers may be deleted, because they do not have our tags. */
const DELETION = 'personalize:DeleteEventTracker';

/** The entries of a function that keeps tracking IDs. */
const entries = (place: string): Row[] => [
  ['dynamodb:GetItem', `<${place}/Table.Arn>`],
  ['dynamodb:PutItem', `<${place}/Table.Arn>`],
  ['dynamodb:Query', `<${place}/Table.Arn>/index/name`],
];
const PARAMETERS = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/event-trackers/<stage>/*';
const SECRETS = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:/event-trackers/<stage>/*';
const ANY_NAME =
  'Requests name tenants and trackers, so they are unknown at deployment. The prefix is that of this deployment.';
/** The key of the setting `trackingIds.keyArn`, for values at these paths only. */
const idKey = (service: string, context: string, paths: string, ...actions: string[]): Row[] =>
  actions.map((action) => [
    `kms:${action} if StringEquals {"kms:ViaService":"${service}.<AWS::Region>.<AWS::URLSuffix>"}` +
      ` if StringLike {"kms:EncryptionContext:${context}":"${paths}"}`,
    'arn:aws:kms:us-east-1:123456789012:key/0f1e',
    ANY_NAME,
  ]);
/** The function's failure destination, whose queue the deployment's key encrypts. */
const onFailure = (place: string): Row[] => [
  ['sqs:SendMessage', `<${place}/Subscriber/DeadLetters.Arn>`],
  ['kms:Decrypt', '<Key.Arn>'],
  ['kms:GenerateDataKey', '<Key.Arn>'],
];

/** The permissions of each function in a deployment with every feature, without those for logs and traces. */
const OF_FUNCTIONS: Readonly<Record<FunctionName, readonly Row[]>> = {
  'api-read': [
    ...table('GetItem', 'BatchGetItem', 'Query'),
    ['dynamodb:Query', '<Table.Arn>/index/tenant'],
    ['dynamodb:Query', '<Table.Arn>/index/status'],
  ],
  'api-write': [
    ...table('GetItem', 'PutItem', 'UpdateItem', 'Query'),
    ['dynamodb:Query', '<Table.Arn>/index/unfinished'],
    ['dynamodb:Query', '<Table.Arn>/index/status'],
    ...START,
    ...OBSERVE,
    ...ROLES,
  ],
  'api-events': [...table('GetItem', 'Query'), ['personalize:PutEvents', '*', NO_RESOURCE], ...ROLES],
  'api-authorizer': [],
  Observe: [...table('GetItem', 'UpdateItem'), HEARTBEAT, START_GOVERNOR, ...OBSERVE, ...ROLES],
  CheckDatasetGroup: [...table('GetItem', 'UpdateItem'), HEARTBEAT, ...PREFLIGHT, ...ROLES],
  CreateEventTracker: [
    ...table('GetItem', 'UpdateItem'),
    HEARTBEAT,
    [`personalize:CreateEventTracker${OUR_TAGS}`, TRACKERS, OPAQUE],
    [`personalize:CreateEventTracker${OUR_TAGS}`, GROUPS, OF_REQUESTS],
    [`personalize:TagResource${OUR_TAGS}${NOT_OF_ANOTHER_DEPLOYMENT}`, TRACKERS, OPAQUE],
    ...ROLES,
  ],
  DeleteEventTracker: [...table('GetItem', 'UpdateItem'), HEARTBEAT, [DELETION, TRACKERS, OPAQUE], ...ROLES],
  UpdateTags: [
    ...table('GetItem', 'UpdateItem'),
    HEARTBEAT,
    ['personalize:ListTagsForResource', TRACKERS, OPAQUE],
    ...['TagResource', 'UntagResource'].map(
      (call): Row => [`personalize:${call}${NO_TAG_OF_OURS}${NOT_OF_ANOTHER_DEPLOYMENT}`, TRACKERS, OPAQUE],
    ),
    ...ROLES,
  ],
  PublishEvents: [
    ...table('GetItem', 'UpdateItem'),
    ['events:PutEvents', '<Bus.Arn>'],
    ['states:SendTaskSuccess', '*', ANY_TASK],
    ['states:SendTaskFailure', '*', ANY_TASK],
    HEARTBEAT,
  ],
  AdmitWaiting: [
    ...table('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
    ['dynamodb:Query', '<Table.Arn>/index/due'],
    ...START,
    START_GOVERNOR,
  ],
  sweep: [
    ...table('GetItem', 'BatchGetItem', 'UpdateItem'),
    ['dynamodb:Query', '<Table.Arn>/index/due'],
    ...START,
    START_GOVERNOR,
    HEARTBEAT,
  ],
  operations: [
    ...table('GetItem', 'PutItem', 'UpdateItem'),
    ['dynamodb:Query', '<Table.Arn>/index/due'],
    ['dynamodb:Query', '<Table.Arn>/index/status'],
    ...START,
  ],
  drift: [
    ...table('GetItem', 'UpdateItem'),
    ['dynamodb:Query', '<Table.Arn>/index/due'],
    ...START,
    ...TRACKERS_READ,
    GROUP_READ,
    ...ROLES,
  ],
  'tracking-id-parameters': [
    ...entries('TrackingIdParameters'),
    ...['GetParameter', 'PutParameter', 'DeleteParameter'].map(
      (action): Row => [`ssm:${action}`, PARAMETERS, ANY_NAME],
    ),
    ...idKey('ssm', 'PARAMETER_ARN', PARAMETERS, 'Encrypt', 'Decrypt'),
    ...onFailure('TrackingIdParameters'),
  ],
  'tracking-id-secrets': [
    ...entries('TrackingIdSecrets'),
    ...['CreateSecret', 'DeleteSecret', 'DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'RestoreSecret'].map(
      (action): Row => [`secretsmanager:${action}`, SECRETS, ANY_NAME],
    ),
    ...idKey('secretsmanager', 'SecretARN', SECRETS, 'GenerateDataKey', 'Decrypt'),
    ...onFailure('TrackingIdSecrets'),
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

/** What DynamoDB does with the customer managed key on behalf of the caller. */
function throughTheKey(rows: readonly Row[]): Row[] {
  if (rows.length === 0) return [];
  const writes = rows.some(([action]) => ['dynamodb:PutItem', 'dynamodb:UpdateItem'].includes(action));
  return (writes ? KEY_WRITES : KEY_READS).map((action) => [`${action}${BY_DYNAMODB}`, '<Key.Arn>']);
}

/** Of a state machine. */
const LOGS_AND_TRACES: readonly Row[] = [
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
].map((action): Row => [action, '*', NO_RESOURCE]);

/** The roles that do not belong to functions. */
const OF_SERVICES: Readonly<Record<string, readonly Row[]>> = {
  StateMachineRole: [
    ...['Observe', 'CheckDatasetGroup', 'CreateEventTracker', 'DeleteEventTracker', 'UpdateTags', 'PublishEvents'].map(
      (task): Row => ['lambda:InvokeFunction', `<${task}/Function.Arn>`],
    ),
    ...LOGS_AND_TRACES,
  ],
  AdmissionStateMachineRole: [['lambda:InvokeFunction', '<AdmitWaiting/Function.Arn>'], ...LOGS_AND_TRACES],
  SchedulerRole: [
    ['lambda:InvokeFunction', '<sweep/Function.Arn>'],
    ['lambda:InvokeFunction', '<drift/Function.Arn>'],
    ['lambda:InvokeFunction', '<operations/Function.Arn>'],
    ['sqs:SendMessage', '<ScheduleDeadLetters.Arn>'],
  ],
};

/** The role of each bus of another account. */
const OF_SUBSCRIBER_BUSES: Readonly<Record<string, readonly Row[]>> = {
  'SubscriberBus-210987654321-us-east-1-orders/Role': [
    ['events:PutEvents', 'arn:aws:events:us-east-1:210987654321:event-bus/orders'],
  ],
  'SubscriberBus-345678901234-eu-west-1-audit/Role': [
    ['events:PutEvents', 'arn:aws:events:eu-west-1:345678901234:event-bus/audit'],
  ],
};

/** The permissions of every role by construct path, in a deployment with every feature. */
export const POLICIES: Readonly<Record<string, readonly Row[]>> = {
  ...Object.fromEntries(
    Object.entries(OF_FUNCTIONS).map(([name, rows]) => [
      `${name}/Role`,
      [...ownLogs(name), ...X_RAY, ...rows, ...throughTheKey(rows)],
    ]),
  ),
  ...OF_SERVICES,
  ...OF_SUBSCRIBER_BUSES,
  StateMachineRole: [...(OF_SERVICES.StateMachineRole ?? []), ...keyOfMachine('lifecycle')],
  AdmissionStateMachineRole: [...(OF_SERVICES.AdmissionStateMachineRole ?? []), ...keyOfMachine('admission')],
  SchedulerRole: [
    ...(OF_SERVICES.SchedulerRole ?? []),
    ['kms:Decrypt', '<Key.Arn>'],
    ['kms:GenerateDataKey', '<Key.Arn>'],
  ],
};

/** The sweep reads the trackers that wait for admission, to send heartbeats. */
const isForHeartbeats = (role: string, action: string) => role === 'sweep/Role' && action === 'dynamodb:BatchGetItem';

/** The permissions of every role in a default deployment. */
export const POLICIES_BY_DEFAULT: typeof POLICIES = Object.fromEntries(
  Object.entries(POLICIES)
    .filter(([role]) => !/^(api-events|api-authorizer|tracking-id-\w+|SubscriberBus-[\w-]+)\/Role$/.test(role))
    .map(([role, rows]) => [
      role,
      rows
        .filter(([action]) => !isForHeartbeats(role, action))
        .filter(([action, on]) => !/^(kms:|sts:|states:SendTask)/.test(action) && !on.endsWith('/index/unfinished'))
        .map(([action, ...row]): Row => [action === DELETION ? `${action}${OF_THIS_DEPLOYMENT}` : action, ...row]),
    ]),
);
