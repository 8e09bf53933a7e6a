import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventBridge } from '../../../infra/local/eventbridge/core.ts';
import { FaultInjection } from '../../../infra/local/fault-injection.ts';
import { Roles } from '../../../infra/local/iam/roles.ts';
import { personalizeFault } from '../../../infra/local/personalize/faults.ts';
import { PersonalizeSimulator } from '../../../infra/local/personalize/simulator.ts';
import { Secrets } from '../../../infra/local/secrets-manager/secrets.ts';
import { Queues } from '../../../infra/local/sqs/queues.ts';
import { Parameters } from '../../../infra/local/ssm/parameters.ts';
import { ExecutionStore } from '../../../infra/local/step-functions/execution-store.ts';

/** Opens every file of the runtime's own in a folder, as a starting runtime does. */
function open(directory: string) {
  const faults = new FaultInjection(join(directory, 'faults.jsonl'));
  faults.of('personalize', personalizeFault);
  const personalize = new PersonalizeSimulator({ clock: Date.now, directory, faults });
  const executions = new ExecutionStore(directory);
  const eventBridge = new EventBridge({ clock: Date.now, directory, deliver: async () => {} });
  const parameters = new Parameters(Date.now, join(directory, 'parameters.jsonl'));
  const secrets = new Secrets(Date.now, join(directory, 'secrets.jsonl'));
  const roles = new Roles(directory, Date.now);
  const queues = new Queues(Date.now, {
    queues: join(directory, 'queues.jsonl'),
    messages: join(directory, 'messages.jsonl'),
  });
  const personalizeFaults = faults.of('personalize', personalizeFault);
  return { faults: personalizeFaults, personalize, executions, eventBridge, parameters, secrets, roles, queues };
}

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

/** A folder with at least one entry in every file. */
function usedFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'stored-'));
  const { faults, personalize, executions, eventBridge, parameters, secrets, roles, queues } = open(directory);
  personalize.seedDemoGroup();
  personalize.setTiming({ createPendingMs: 0, createInProgressMs: 0 });
  personalize.setQuotas({ datasetGroups: 5 });
  personalize.setThrottle({ operations: ['ListSchemas'], ratePerSecond: 0.5, burst: 1, shared: false });
  const made = personalize.call('CreateEventTracker', { name: 'shop', datasetGroupArn: GROUP });
  if (made.kind !== 'output') throw new Error(`CreateEventTracker was refused: ${made.kind}`);
  const { trackingId } = made.output;
  const eventList = [{ eventType: 'click', sentAt: 1_700_000_000 }];
  expect(personalize.call('PutEvents', { trackingId, sessionId: 's', eventList }).kind).toBe('output');
  faults.add({ operation: 'ListSchemas', times: 1, fault: 'delay', delayMs: 60_000 });
  faults.add({ operation: 'DeleteEventTracker', times: 1, fault: 'late-act', delayMs: 60_000 });
  personalize.call('DeleteEventTracker', { eventTrackerArn: made.output.eventTrackerArn });
  const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:m:e';
  const record = { executionArn, stateMachineArn: 'm', roleArn: 'r', name: 'e', input: '{}', startDate: 1 };
  executions.create(record);
  executions.append(executionArn, { type: 'PassStateEntered', details: { stateEnteredEventDetails: {} } }, 2);
  executions.close(executionArn, { status: 'FAILED', stopDate: 3, error: 'E', cause: 'c' });
  eventBridge.buses.setPolicy('default', '{"Statement": []}');
  eventBridge.rules.put({ bus: 'default', name: 'r', pattern: '{"source": ["a"]}', state: 'ENABLED' });
  eventBridge.rules.putTargets('default', 'r', [{ Id: '1', Arn: 'arn', RoleArn: 'role' }]);
  eventBridge.putEvents([{ Source: 'a', DetailType: 'b', Detail: '{}' }]);
  parameters.put({ Name: '/p', Value: 'v', Type: 'SecureString', Description: 'd', AllowedPattern: '.' });
  secrets.create({ name: 's', value: 'v', description: 'd', keyId: 'k', tags: [{ Key: 'k', Value: 'v' }] });
  secrets.delete('s');
  queues.create('q', { DelaySeconds: '0' }, { k: 'v' });
  queues.send('q', 'body');
  const role = {
    roleId: 'r',
    accountId: '210987654321',
    roleName: 'n',
    path: '/',
    trust: '{}',
    policies: {},
    createdAt: 1,
  };
  roles.put(role);
  roles.start(role, 's', 1);
  return directory;
}

const directory = usedFolder();
const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));

test('the runtime has these files of its own, and reads what it wrote', () => {
  expect(files).toEqual([
    'calls.jsonl',
    'dataset-groups.jsonl',
    'datasets.jsonl',
    'event-buses.jsonl',
    'event-rules.jsonl',
    'event-trackers.jsonl',
    'events.jsonl',
    'executions.jsonl',
    'faults.jsonl',
    'interactions.jsonl',
    'landings.jsonl',
    'messages.jsonl',
    'parameters.jsonl',
    'queues.jsonl',
    'quotas.jsonl',
    'roles.jsonl',
    'schemas.jsonl',
    'secrets.jsonl',
    'sessions.jsonl',
    'throttle.jsonl',
    'timing.jsonl',
  ]);
  for (const file of files) expect(readFileSync(join(directory, file), 'utf8'), file).not.toBe('');
  open(directory);
});

test('a quota that the runtime does not write is reported with its line', () => {
  const path = join(directory, 'quotas.jsonl');
  const text = readFileSync(path, 'utf8');
  try {
    for (const line of ['["datasetGroups",0]', '["datasetGroups",{}]', '["calls",1]']) {
      writeFileSync(path, `${line}\n`);
      expect(() => open(directory), line).toThrow(`${path}, line 1: the line is damaged`);
    }
  } finally {
    writeFileSync(path, text);
  }
});

/** Their values are objects. */
const ofObjects = files.filter((file) => file !== 'quotas.jsonl');

test.each(ofObjects)('a value in %s that the runtime does not write is reported with its line and field', (file) => {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  const [first = ''] = text.split('\n');
  const [key, value] = JSON.parse(first) as [string, Record<string, unknown>];
  const refuses = (line: unknown, why: string) => {
    writeFileSync(path, `${JSON.stringify(line)}\n`);
    expect(() => open(directory), JSON.stringify(line)).toThrow(`${path}, line 1: the line is damaged; ${why}`);
  };
  try {
    for (const wrong of [null, 7, [], {}]) refuses([key, wrong], 'in its value, ');
    for (const field of Object.keys(value)) {
      const isList = Array.isArray(value[field]);
      refuses([key, { ...value, [field]: isList ? {} : [[]] }], `in its value, ${field}`);
      refuses([key, { ...value, [field]: null }], `in its value, ${field}`);
    }
  } finally {
    writeFileSync(path, text);
  }
});

test.each([
  ['calls.jsonl', 'time', 'yesterday'],
  ['event-trackers.jsonl', 'lifecycle', { creation: { at: 1e300, pendingMs: 0, inProgressMs: 0 } }],
  ['event-rules.jsonl', 'pattern', '{"source": "a"}'],
  ['faults.jsonl', 'fault', 'stuck'],
  ['faults.jsonl', 'delayMs', -1],
  ['landings.jsonl', 'operation', 'MakeCoffee'],
  ['executions.jsonl', 'closure', { status: 'DONE', stopDate: 3 }],
])('%s with %s %j is refused', (file, field, wrong) => {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  const [key, value] = JSON.parse(text.split('\n')[0] ?? '') as [string, object];
  writeFileSync(path, `${JSON.stringify([key, { ...value, [field]: wrong }])}\n`);
  try {
    expect(() => open(directory)).toThrow(`${path}, line 1: the line is damaged; in its value, ${field}`);
  } finally {
    writeFileSync(path, text);
  }
});

test.each(['calls.jsonl', 'events.jsonl', 'faults.jsonl', 'landings.jsonl'])(
  'a key in %s that is no number is refused',
  (file) => {
    const path = join(directory, file);
    const text = readFileSync(path, 'utf8');
    const [, value] = JSON.parse(text.split('\n')[0] ?? '') as [string, object];
    writeFileSync(path, `${JSON.stringify(['x', value])}\n`);
    try {
      expect(() => open(directory)).toThrow(`${path}, line 1: the line is damaged; its key must match`);
    } finally {
      writeFileSync(path, text);
    }
  },
);

test('an event of a history that the runtime does not write is reported with its line and field when it is read', () => {
  const [file = ''] = readdirSync(join(directory, 'histories'));
  const path = join(directory, 'histories', file);
  const text = readFileSync(path, 'utf8');
  const event: object = JSON.parse(text);
  const { executions } = open(directory);
  const [execution] = executions.all();
  if (execution === undefined) throw new Error('There is no execution.');
  expect(executions.history(execution)).toHaveLength(3);
  try {
    for (const [line, why] of [
      ['{', ''],
      [JSON.stringify({ ...event, id: 1 }), 'in its value, id'],
      [JSON.stringify({ ...event, details: [] }), 'in its value, details'],
    ]) {
      writeFileSync(path, `${text}${line}\n`);
      expect(() => executions.history(execution), line).toThrow(`${path}, line 2: the line is damaged; ${why}`);
    }
    writeFileSync(path, `${text}{"id":`);
    expect(executions.history(execution)).toHaveLength(3);
  } finally {
    writeFileSync(path, text);
  }
});
