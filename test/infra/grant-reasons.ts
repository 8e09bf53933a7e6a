import { POLICIES, type Row } from './policy-table.ts';

/** The table of grants in docs/security.md: each permission of the policy table, with what it is needed for. */

/** What a permission is for, by the pattern of `ROLE: ACTION on RESOURCE`. The first that matches counts. */
const PURPOSES: readonly (readonly [RegExp, string])[] = [
  [/^tracking-id-[\w-]+: dynamodb:GetItem /, 'reads what it knows of the tracker'],
  [/^tracking-id-[\w-]+: dynamodb:PutItem /, 'records what is at the path; each write has a condition'],
  [/^tracking-id-[\w-]+: dynamodb:Query /, 'finds the trackers of a tenant that have the same name'],
  [/^AdmitWaiting: dynamodb:PutItem /, 'saves the rate that it has learned'],
  [/^operations: dynamodb:PutItem /, 'saves an operation and its plan'],
  [/^api-write: dynamodb:PutItem /, 'creates records, remembers keys, creates operations; each write has a condition'],
  [/: dynamodb:GetItem /, 'reads one item, consistently'],
  [/^api-read: dynamodb:BatchGetItem /, 'reads the records of a page of a list'],
  [/: dynamodb:BatchGetItem /, 'reads the records that wait for admission'],
  [/: dynamodb:UpdateItem /, 'saves a record, on the condition that nobody else has changed it'],
  [/: dynamodb:Query on \S+index\/tenant$/, "lists a tenant's records"],
  [/: dynamodb:Query on \S+index\/status$/, 'lists and counts records of all tenants, for platforms'],
  [/: dynamodb:Query on \S+index\/unfinished$/, "counts a tenant's unfinished trackers, against the limit"],
  [/: dynamodb:Query on \S+index\/due$/, 'finds what is due'],
  [/: dynamodb:Query on <Table\.Arn>$/, "reads a record only if it is the caller's"],
  [/: states:StartExecution on <StateMachine>$/, 'starts the execution that carries out a request'],
  [/: states:StartExecution on /, 'starts the execution that admits waiting trackers'],
  [/: states:SendTask(Success|Failure) /, 'answers the task tokens of onboarding flows'],
  [/: states:SendTaskHeartbeat /, 'keeps the task tokens of onboarding flows alive'],
  [/^PublishEvents: events:PutEvents /, 'delivers the outbox'],
  [/: events:PutEvents /, 'sends the events of its tenants to the bus of another account'],
  [/^drift: personalize:DescribeDatasetGroup /, 'finds out whether a dataset group is gone'],
  [/: personalize:(DescribeDatasetGroup|ListDatasets) /, 'checks that the dataset group is ready for a tracker'],
  [/: personalize:DescribeDataset /, 'recognizes the tracker that an Action interactions dataset brings'],
  [/: personalize:(DescribeEventTracker|ListEventTrackers) /, 'observes the trackers of a dataset group'],
  [/^UpdateTags: personalize:ListTagsForResource /, 'reads the tags that it is about to change'],
  [/: personalize:ListTagsForResource /, 'reads whose tracker it is'],
  [/: personalize:CreateEventTracker /, 'creates the tracker, with the tags that mark it'],
  [/^CreateEventTracker: personalize:TagResource /, 'sets the tags of the tracker that it creates'],
  [/: personalize:(Tag|Untag)Resource /, "changes callers' tags, and no other"],
  [/: personalize:DeleteEventTracker /, 'deletes the recorded tracker'],
  [/: personalize:PutEvents /, 'passes interactions on'],
  [/: sts:AssumeRole /, 'calls Personalize in the other accounts of the settings'],
  [/: ssm:/, 'keeps tracking IDs in parameters'],
  [/: secretsmanager:/, 'keeps tracking IDs in secrets'],
  [
    /: kms:\w+ if .*(PARAMETER_ARN|SecretARN)/,
    'encrypts and decrypts these values, through the service that keeps them',
  ],
  [/: kms:\w+ if .*aws:states:stateMachineArn/, 'Step Functions encrypts the definition and the histories'],
  [/: kms:\w+ if .*SourceArn/, 'Step Functions encrypts log entries on their way'],
  [/^(SchedulerRole|tracking-id-[\w-]+): kms:\w+ on /, 'encrypts messages to the dead-letter queue'],
  [/: sqs:SendMessage /, 'keeps what could not be delivered'],
  [/^(Admission)?StateMachineRole: lambda:InvokeFunction /, 'calls its tasks'],
  [/: lambda:InvokeFunction /, 'runs the scheduled functions'],
  [/StateMachineRole: logs:/, 'configures and writes the log of the state machine'],
];

/** The reasons for wildcards; the lines of the tables refer to them by number. Those of every function are described once, in the page. */
const WILDCARDS = [...new Set(Object.values(POLICIES).flatMap((rows) => rows.flatMap(([, , reason]) => reason ?? [])))];

/** Permissions that every function has. The page describes them once. */
const OF_EVERY_FUNCTION =
  /^(logs:(CreateLogStream|PutLogEvents) on <[\w-]+\/Logs\.Arn>|xray:\w+ on \*|kms:\w+ if .*kms:ViaService":"dynamodb\.)/;

/**
 * @throws Error for a permission without a purpose
 * @returns the index in PURPOSES
 */
function purposeOf(role: string, action: string, resource: string): number {
  const text = `${role}: ${action} on ${resource}`;
  const index = PURPOSES.findIndex(([pattern]) => pattern.test(text));
  if (index < 0) throw new Error(`${text}: say in test/infra/grant-reasons.ts what it is for`);
  return index;
}

/** A resource as a reader knows it. */
const readableResource = (resource: string): string =>
  resource
    .replace(/^arn:aws:iam::\d+:role\/.*/, 'the roles of the setting accounts')
    .replace(/^arn:aws:kms:.*/, 'the key of the setting trackingIds.keyArn')
    .replaceAll('arn:<AWS::Partition>:', '')
    .replaceAll('<AWS::Region>:<AWS::AccountId>:', '')
    .replaceAll(/<([\w/-]+?)(\/Function)?\.Arn>/g, '$1')
    .replace(/^<StateMachine>$/, 'StateMachine')
    .replaceAll('<stage>', 'STAGE');

/** Conditions as a reader knows them. */
const readableConditions = (conditions: readonly string[]): string[] =>
  conditions.map((each) => {
    const [operator = '', json = '{}'] = each.split(/ (.*)/s);
    const [[key = '', value = ''] = []] = Object.entries(JSON.parse(json) as Record<string, string>);
    return `${operator} ${key.replace(/^aws:(RequestTag|ResourceTag)\//, '$1/')} = ${readableResource(String(value)).replace('.<AWS::Region>.<AWS::URLSuffix>', '')}`;
  });

/** The rows of a role with the same resource, conditions and purpose, together. */
function linesOf(role: string, rows: readonly Row[]): string[] {
  const groups = Map.groupBy(
    rows.filter(([action, on]) => !OF_EVERY_FUNCTION.test(`${action} on ${on}`)),
    ([action, on]) =>
      JSON.stringify([readableResource(on), action.split(' if ').slice(1), purposeOf(role, action, on)]),
  );
  return [...groups.values()].map((same) => {
    const [[first, on, reason] = ['', '']] = same;
    const actions = [...new Set(same.map(([action]) => (action.split(' if ')[0] ?? '').split(':')[1]))];
    const service = first.split(':')[0];
    const conditions = readableConditions(first.split(' if ').slice(1));
    const purpose = PURPOSES[purposeOf(role, first, on)]?.[1] ?? '';
    const resource = readableResource(on);
    const where = [
      resource.startsWith('the ') ? resource : `\`${resource}\``,
      ...conditions.map((each) => `if \`${each}\``),
    ].join(' ');
    const why = reason === undefined ? purpose : `${purpose} (${WILDCARDS.indexOf(reason) + 1})`;
    return `| \`${service}:${actions.join('`, `')}\` | ${where} | ${why} |`;
  });
}

/** The section of docs/security.md, in Markdown. */
export function grantsSection(): string {
  const reasons = WILDCARDS.map((reason, index) => `${index + 1}. ${reason}`).join('\n');
  const roles = Object.entries(POLICIES).map(([place, rows]) => {
    const role = place.replace('/Role', '');
    const lines = linesOf(role, rows);
    const table = ['| action | on | what for |', '|---|---|---|', ...lines].join('\n');
    return `#### ${role}\n\n${lines.length > 0 ? table : 'Nothing else.'}`;
  });
  return [`Why a resource has a \`*\`:\n\n${reasons}`, ...roles].join('\n\n');
}

/** The purposes that no permission has. */
export function unusedPurposes(): string[] {
  const used = new Set(
    Object.entries(POLICIES).flatMap(([place, rows]) =>
      rows
        .filter(([action, on]) => !OF_EVERY_FUNCTION.test(`${action} on ${on}`))
        .map(([action, on]) => purposeOf(place.replace('/Role', ''), action, on)),
    ),
  );
  return PURPOSES.filter((_, index) => !used.has(index)).map(([, text]) => text);
}

export const BEGIN = '<!-- Generated by npm run grants. -->';
export const END = '<!-- The end of what npm run grants writes. -->';

/** A page with the section between its marks replaced. @throws Error if the marks are missing */
export function withGrants(page: string): string {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error('docs/security.md has no marks for the table of grants');
  return `${page.slice(0, start)}${BEGIN}\n\n${grantsSection()}\n\n${page.slice(end)}`;
}
