/*
 * What IAM decides in a deployment of the stage `full`, which may not delete adopted trackers. Rows have the form `ACTION on RESOURCE` or
 * `ACTION on RESOURCE, CONTEXT`; several actions of one service stand together.
 */

const AT = 'us-east-1:123456789012';
const TABLE = `arn:aws:dynamodb:${AT}:table/event-trackers-full-Table`;
const queue = (name: string): string => `arn:aws:sqs:${AT}:event-trackers-full-${name}`;
const fn = (name: string): string => `arn:aws:lambda:${AT}:function:event-trackers-full-${name}`;

/** A resource, with the tags that it has when the call is made. */
interface Resource {
  readonly arn: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The resources of the table by their names there. */
export const RESOURCES: Readonly<Record<string, Resource>> = {
  anything: { arn: '*' },
  'the table': { arn: TABLE },
  'its index tenant': { arn: `${TABLE}/index/tenant` },
  'its index status': { arn: `${TABLE}/index/status` },
  'its index unfinished': { arn: `${TABLE}/index/unfinished` },
  'its index due': { arn: `${TABLE}/index/due` },
  "another deployment's table": { arn: `arn:aws:dynamodb:${AT}:table/event-trackers-other-Table` },
  "an index of another deployment's table": {
    arn: `arn:aws:dynamodb:${AT}:table/event-trackers-other-Table/index/due`,
  },
  'the table of parameters': { arn: `${TABLE.replace(/-Table$/, '-TrackingIdParameters-Table')}` },
  'its index name (parameters)': { arn: `${TABLE.replace(/-Table$/, '-TrackingIdParameters-Table')}/index/name` },
  'the table of secrets': { arn: `${TABLE.replace(/-Table$/, '-TrackingIdSecrets-Table')}` },
  'its index name (secrets)': { arn: `${TABLE.replace(/-Table$/, '-TrackingIdSecrets-Table')}/index/name` },
  'the state machine': { arn: `arn:aws:states:${AT}:stateMachine:event-trackers-full-lifecycle` },
  'the state machine of admission': { arn: `arn:aws:states:${AT}:stateMachine:event-trackers-full-admission` },
  "another deployment's state machine": { arn: `arn:aws:states:${AT}:stateMachine:event-trackers-other-lifecycle` },
  'the bus': { arn: `arn:aws:events:${AT}:event-bus/event-trackers-full-bus` },
  "another deployment's bus": { arn: `arn:aws:events:${AT}:event-bus/event-trackers-other-bus` },
  'the default bus': { arn: `arn:aws:events:${AT}:event-bus/default` },
  'the bus orders of 210987654321': { arn: 'arn:aws:events:us-east-1:210987654321:event-bus/orders' },
  'the bus audit of 345678901234': { arn: 'arn:aws:events:eu-west-1:345678901234:event-bus/audit' },
  'a dataset group': { arn: `arn:aws:personalize:${AT}:dataset-group/acme-shop` },
  "another tenant's dataset group": { arn: `arn:aws:personalize:${AT}:dataset-group/umbrella-shop` },
  'a dataset group of another Region': { arn: 'arn:aws:personalize:eu-west-1:123456789012:dataset-group/acme-shop' },
  'a dataset': { arn: `arn:aws:personalize:${AT}:dataset/acme-shop/ACTIONS` },
  'our tracker': {
    arn: `arn:aws:personalize:${AT}:event-tracker/1`,
    tags: { 'event-trackers:deployment': 'full', 'event-trackers:tracker-id': 'et-1' },
  },
  "another deployment's tracker": {
    arn: `arn:aws:personalize:${AT}:event-tracker/2`,
    tags: { 'event-trackers:deployment': 'other', 'event-trackers:tracker-id': 'et-1' },
  },
  'a tracker without our tags': { arn: `arn:aws:personalize:${AT}:event-tracker/3`, tags: {} },
  'a tracker of another Region': { arn: 'arn:aws:personalize:eu-west-1:123456789012:event-tracker/1' },
  'a parameter of this deployment': { arn: `arn:aws:ssm:${AT}:parameter/event-trackers/full/acme/shop` },
  "another deployment's parameter": { arn: `arn:aws:ssm:${AT}:parameter/event-trackers/other/acme/shop` },
  'a parameter beside the paths': { arn: `arn:aws:ssm:${AT}:parameter/acme/password` },
  'a secret of this deployment': { arn: `arn:aws:secretsmanager:${AT}:secret:/event-trackers/full/acme/shop-AbCdEf` },
  "another deployment's secret": { arn: `arn:aws:secretsmanager:${AT}:secret:/event-trackers/other/acme/shop-AbCdEf` },
  'a secret beside the paths': { arn: `arn:aws:secretsmanager:${AT}:secret:acme/password-AbCdEf` },
  'the role in 210987654321': { arn: 'arn:aws:iam::210987654321:role/event-trackers' },
  'another role in 210987654321': { arn: 'arn:aws:iam::210987654321:role/admin' },
  'the key': { arn: `arn:aws:kms:${AT}:key/of-the-deployment` },
  'the key of the tracking IDs': { arn: `arn:aws:kms:${AT}:key/0f1e` },
  ...Object.fromEntries(
    [
      ...['Observe', 'CheckDatasetGroup', 'CreateEventTracker', 'DeleteEventTracker', 'UpdateTags', 'PublishEvents'],
      ...['AdmitWaiting', 'sweep', 'drift', 'operations', 'api-write'],
    ].map((name) => [`the function ${name}`, { arn: fn(name) }]),
  ),
  'the queue of the schedules': { arn: queue('ScheduleDeadLetters') },
  'the queue of the bus': { arn: queue('BusDeadLetters') },
  'the queue of parameters': { arn: queue('TrackingIdParameters-Subscriber-DeadLetters') },
  'the queue of secrets': { arn: queue('TrackingIdSecrets-Subscriber-DeadLetters') },
};

/** What a request says beside its action and resource. */
interface Context {
  readonly requestTags?: Readonly<Record<string, string>>;
  readonly tagKeys?: readonly string[];
  readonly keys?: Readonly<Record<string, string>>;
}
const tags = (requestTags: Readonly<Record<string, string>>): Context => ({
  requestTags,
  tagKeys: Object.keys(requestTags),
});
const OUR_TAGS = { 'event-trackers:tracker-id': 'et', 'event-trackers:deployment': 'full' };
const through = (service: string, more: Readonly<Record<string, string>> = {}): Context => ({
  keys: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com`, ...more },
});

/** The contexts of the table by their names there. */
export const CONTEXTS: Readonly<Record<string, Context>> = {
  'with our tags': tags(OUR_TAGS),
  "with another deployment's tags": tags({ ...OUR_TAGS, 'event-trackers:deployment': 'other' }),
  'with our deployment but no tracker id': tags({ 'event-trackers:deployment': 'full' }),
  'without tags': {},
  "with a caller's tag": tags({ team: 'web' }),
  "with a caller's and our tag": tags({ team: 'web', 'event-trackers:deployment': 'full' }),
  "naming a caller's tag": { tagKeys: ['team'] },
  'naming our tag': { tagKeys: ['event-trackers:deployment'] },
  'with the external id': { keys: { 'sts:ExternalId': 'full:acme' } },
  'with another external id': { keys: { 'sts:ExternalId': 'full:umbrella' } },
  'through DynamoDB': through('dynamodb'),
  'through EventBridge': through('events'),
  'for the state machine': {
    keys: {
      'kms:EncryptionContext:aws:states:stateMachineArn': `arn:aws:states:${AT}:stateMachine:event-trackers-full-lifecycle`,
    },
  },
  "for another deployment's state machine": {
    keys: {
      'kms:EncryptionContext:aws:states:stateMachineArn': `arn:aws:states:${AT}:stateMachine:event-trackers-other-lifecycle`,
    },
  },
  'for the delivery of logs': { keys: { 'kms:EncryptionContext:SourceArn': `arn:aws:logs:${AT}:*` } },
  'for a parameter of this deployment': through('ssm', {
    'kms:EncryptionContext:PARAMETER_ARN': `arn:aws:ssm:${AT}:parameter/event-trackers/full/acme/shop`,
  }),
  "for another deployment's parameter": through('ssm', {
    'kms:EncryptionContext:PARAMETER_ARN': `arn:aws:ssm:${AT}:parameter/event-trackers/other/acme/shop`,
  }),
  'for a secret of this deployment': through('secretsmanager', {
    'kms:EncryptionContext:SecretARN': `arn:aws:secretsmanager:${AT}:secret:/event-trackers/full/acme/shop-AbCdEf`,
  }),
  "for another deployment's secret": through('secretsmanager', {
    'kms:EncryptionContext:SecretARN': `arn:aws:secretsmanager:${AT}:secret:/event-trackers/other/acme/shop-AbCdEf`,
  }),
};

const RECORD = 'dynamodb:GetItem UpdateItem on the table';
const START = 'states:StartExecution on the state machine';
const START_GOVERNOR = 'states:StartExecution on the state machine of admission';
const HEARTBEAT = 'states:SendTaskHeartbeat on anything';
const ASSUME = 'sts:AssumeRole on the role in 210987654321, with the external id';
const READ_TRACKERS = [
  'personalize:DescribeEventTracker ListTagsForResource on our tracker',
  'personalize:ListEventTrackers on anything',
];
const READ_GROUP = ['personalize:DescribeDatasetGroup on a dataset group', 'personalize:ListDatasets on anything'];
const OBSERVE = [...READ_TRACKERS, ...READ_GROUP, 'personalize:DescribeDataset on a dataset'];

/**
 * What each role sends, all of which is allowed. A test observes it: the calls of functions on the wire, those of services in the template.
 */
export const SENT: Readonly<Record<string, readonly string[]>> = {
  'api-read': [
    'dynamodb:GetItem BatchGetItem Query on the table',
    'dynamodb:Query on its index tenant',
    'dynamodb:Query on its index status',
  ],
  'api-write': [
    'dynamodb:GetItem PutItem UpdateItem Query on the table',
    'dynamodb:Query on its index status',
    'dynamodb:Query on its index unfinished',
    ...[START, ...OBSERVE, ASSUME],
  ],
  'api-events': ['dynamodb:GetItem Query on the table', 'personalize:PutEvents on anything', ASSUME],
  'api-authorizer': [],
  Observe: [RECORD, START_GOVERNOR, HEARTBEAT, ...OBSERVE, ASSUME],
  CheckDatasetGroup: [RECORD, HEARTBEAT, ...READ_GROUP, ASSUME],
  CreateEventTracker: [
    RECORD,
    HEARTBEAT,
    'personalize:CreateEventTracker on a dataset group, with our tags',
    'personalize:CreateEventTracker TagResource on our tracker, with our tags',
    ASSUME,
  ],
  DeleteEventTracker: [RECORD, HEARTBEAT, 'personalize:DeleteEventTracker on our tracker', ASSUME],
  UpdateTags: [
    RECORD,
    HEARTBEAT,
    'personalize:ListTagsForResource on our tracker',
    "personalize:TagResource on our tracker, with a caller's tag",
    "personalize:UntagResource on our tracker, naming a caller's tag",
    ASSUME,
  ],
  PublishEvents: [
    RECORD,
    HEARTBEAT,
    'events:PutEvents on the bus',
    'states:SendTaskSuccess SendTaskFailure on anything',
  ],
  AdmitWaiting: [
    'dynamodb:GetItem BatchGetItem PutItem UpdateItem on the table',
    'dynamodb:Query on its index due',
    START,
    START_GOVERNOR,
  ],
  sweep: [
    'dynamodb:GetItem BatchGetItem UpdateItem on the table',
    'dynamodb:Query on its index due',
    START,
    START_GOVERNOR,
    HEARTBEAT,
  ],
  drift: [
    RECORD,
    'dynamodb:Query on its index due',
    START,
    ...READ_TRACKERS,
    'personalize:DescribeDatasetGroup on a dataset group',
    ASSUME,
  ],
  operations: [
    'dynamodb:GetItem PutItem UpdateItem on the table',
    'dynamodb:Query on its index due',
    'dynamodb:Query on its index status',
    START,
  ],
  'tracking-id-parameters': [
    'dynamodb:GetItem PutItem on the table of parameters',
    'dynamodb:Query on its index name (parameters)',
    'ssm:GetParameter PutParameter DeleteParameter on a parameter of this deployment',
    'sqs:SendMessage on the queue of parameters',
  ],
  'tracking-id-secrets': [
    'dynamodb:GetItem PutItem on the table of secrets',
    'dynamodb:Query on its index name (secrets)',
    'secretsmanager:CreateSecret DeleteSecret DescribeSecret GetSecretValue PutSecretValue RestoreSecret on a secret of this deployment',
    'sqs:SendMessage on the queue of secrets',
  ],
  StateMachineRole: [
    ...['Observe', 'CheckDatasetGroup', 'CreateEventTracker', 'DeleteEventTracker', 'UpdateTags', 'PublishEvents'].map(
      (name) => `lambda:InvokeFunction on the function ${name}`,
    ),
  ],
  AdmissionStateMachineRole: ['lambda:InvokeFunction on the function AdmitWaiting'],
  SchedulerRole: [
    ...['sweep', 'drift', 'operations'].map((name) => `lambda:InvokeFunction on the function ${name}`),
    'sqs:SendMessage on the queue of the schedules',
  ],
  'SubscriberBus-210987654321-us-east-1-orders': ['events:PutEvents on the bus orders of 210987654321'],
  'SubscriberBus-345678901234-eu-west-1-audit': ['events:PutEvents on the bus audit of 345678901234'],
};

/** For each resource, others of its kind that do not belong to the deployment: the same call on them is denied. */
export const NOT_OURS: Readonly<Record<string, readonly string[]>> = {
  'the table': ["another deployment's table"],
  'its index tenant': ["an index of another deployment's table"],
  'its index status': ["an index of another deployment's table"],
  'its index unfinished': ["an index of another deployment's table"],
  'its index due': ["an index of another deployment's table"],
  'the table of parameters': ["another deployment's table", 'the table', 'the table of secrets'],
  'the table of secrets': ["another deployment's table", 'the table', 'the table of parameters'],
  'the state machine': ["another deployment's state machine"],
  'the state machine of admission': ["another deployment's state machine"],
  'the bus': ["another deployment's bus", 'the default bus'],
  'the bus orders of 210987654321': ['the bus audit of 345678901234', 'the bus', "another deployment's bus"],
  'the bus audit of 345678901234': ['the bus orders of 210987654321', 'the bus', "another deployment's bus"],
  'a dataset group': ["another tenant's dataset group", 'a dataset group of another Region'],
  'our tracker': ["another deployment's tracker", 'a tracker without our tags', 'a tracker of another Region'],
  'a parameter of this deployment': ["another deployment's parameter", 'a parameter beside the paths'],
  'a secret of this deployment': ["another deployment's secret", 'a secret beside the paths'],
  'the role in 210987654321': ['another role in 210987654321'],
  'the queue of the schedules': ['the queue of the bus', 'the queue of parameters'],
  'the queue of parameters': ['the queue of the bus', 'the queue of secrets'],
  'the queue of secrets': ['the queue of the bus', 'the queue of parameters'],
  'the function Observe': ['the function api-write', 'the function sweep'],
  'the function sweep': ['the function api-write', 'the function Observe'],
};

/** Other contexts of the same calls, in which they are denied. */
export const NOT_WITH: Readonly<Record<string, readonly string[]>> = {
  'with our tags': [
    "with another deployment's tags",
    'with our deployment but no tracker id',
    'without tags',
    "with a caller's tag",
  ],
  "with a caller's tag": ["with a caller's and our tag", 'with our tags'],
  "naming a caller's tag": ['naming our tag'],
};

/** Calls on what is not the deployment's that IAM allows nevertheless, with the reason. Nothing else of these is allowed. */
export const ALLOWED_NEVERTHELESS: Readonly<Record<string, string>> = {
  "personalize:DescribeDatasetGroup on another tenant's dataset group":
    'Requests name the dataset groups, so they are unknown at deployment. The service checks the tenant before any call.',
  "personalize:CreateEventTracker on another tenant's dataset group, with our tags":
    'Requests name the dataset groups, so they are unknown at deployment. The service checks the tenant before any call.',
  "personalize:DescribeEventTracker on another deployment's tracker":
    'Observing the trackers of a dataset group finds those of others: that is how a conflict is seen.',
  "personalize:ListTagsForResource on another deployment's tracker": 'The tags say whose tracker it is.',
  'personalize:DescribeEventTracker on a tracker without our tags': 'Whether it can be adopted.',
  'personalize:ListTagsForResource on a tracker without our tags': 'Whether it can be adopted.',
  "personalize:CreateEventTracker on another deployment's tracker, with our tags":
    'The call makes a new tracker, which has no tags yet.',
  'personalize:CreateEventTracker on a tracker without our tags, with our tags':
    'The call makes a new tracker, which has no tags yet.',
  'personalize:TagResource on a tracker without our tags, with our tags':
    'So it is while the tracker is being created.',
  "personalize:TagResource on a tracker without our tags, with a caller's tag":
    'An adopted tracker has no tag of ours; its tenant may change its tags.',
  "personalize:UntagResource on a tracker without our tags, naming a caller's tag":
    'An adopted tracker has no tag of ours; its tenant may change its tags.',
};

/** What AWS does with the roles beside the calls of the code, and what it would not do. */
export const BESIDE: readonly (readonly [role: string, row: string, result: 'allowed' | 'denied'])[] = [
  ['api-read', 'kms:Decrypt on the key, through DynamoDB', 'allowed'],
  ['api-read', 'kms:GenerateDataKey on the key, through DynamoDB', 'denied'],
  ['api-read', 'kms:Decrypt on the key', 'denied'],
  ['api-read', 'kms:Decrypt on the key, through EventBridge', 'denied'],
  ['api-write', 'kms:Decrypt GenerateDataKey on the key, through DynamoDB', 'allowed'],
  ['api-write', 'kms:Decrypt GenerateDataKey on the key', 'denied'],
  ['api-authorizer', 'kms:Decrypt on the key, through DynamoDB', 'denied'],
  [
    'tracking-id-parameters',
    'kms:Encrypt Decrypt on the key of the tracking IDs, for a parameter of this deployment',
    'allowed',
  ],
  [
    'tracking-id-parameters',
    "kms:Encrypt Decrypt on the key of the tracking IDs, for another deployment's parameter",
    'denied',
  ],
  ['tracking-id-parameters', 'kms:Encrypt Decrypt on the key of the tracking IDs', 'denied'],
  ['tracking-id-parameters', 'kms:Decrypt on the key of the tracking IDs, for a secret of this deployment', 'denied'],
  [
    'tracking-id-secrets',
    'kms:GenerateDataKey Decrypt on the key of the tracking IDs, for a secret of this deployment',
    'allowed',
  ],
  [
    'tracking-id-secrets',
    "kms:GenerateDataKey Decrypt on the key of the tracking IDs, for another deployment's secret",
    'denied',
  ],
  ['Observe', 'kms:Decrypt on the key of the tracking IDs, for a parameter of this deployment', 'denied'],
  ['SchedulerRole', 'kms:Decrypt GenerateDataKey on the key', 'allowed'],
  ['StateMachineRole', 'kms:Decrypt GenerateDataKey on the key, for the state machine', 'allowed'],
  ['StateMachineRole', "kms:Decrypt GenerateDataKey on the key, for another deployment's state machine", 'denied'],
  ['StateMachineRole', 'kms:GenerateDataKey on the key, for the delivery of logs', 'allowed'],
  ['StateMachineRole', 'kms:Decrypt on the key, for the delivery of logs', 'denied'],
  ['StateMachineRole', 'kms:Decrypt GenerateDataKey on the key', 'denied'],
  ['StateMachineRole', 'states:StartExecution on the state machine', 'denied'],
];

/** The calls of a row: each action with its resource and context. */
export interface Call {
  /** `ACTION on RESOURCE, CONTEXT`. */
  readonly name: string;
  readonly action: string;
  readonly resource: string;
  readonly context: string;
}

/** @throws Error for a resource or a context that the table does not define */
export function callsOf(row: string): Call[] {
  const [, service, actions = '', resource = '', context = ''] =
    /^([\w-]+):([\w ]+?) on ([^,]+?)(?:, (.+))?$/.exec(row) ?? [];
  if (!(resource in RESOURCES)) throw new Error(`${row}: the resource is not defined`);
  if (context !== '' && !(context in CONTEXTS)) throw new Error(`${row}: the context is not defined`);
  return actions.split(' ').map((action) => callOf(`${service}:${action}`, resource, context));
}

export const callOf = (action: string, resource: string, context: string): Call => ({
  name: `${action} on ${resource}${context && `, ${context}`}`,
  ...{ action, resource, context },
});
