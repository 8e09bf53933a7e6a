import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateEventTrackerCommand } from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type DatasetGroups, datasetGroupsOf } from '../e2e/api/dataset-groups.ts';
import { call, type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { eventTrackers, jsonOf } from './binary.ts';

/** Every option against a service that runs; those of waiting are in waiting.test.ts. */

let runtime: LocalRuntime;
let groups: DatasetGroups;
let environment: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-cli-'));
beforeAll(async () => {
  runtime = await startLocalRuntime();
  groups = await datasetGroupsOf(runtime);
  environment = {
    EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
    EVENT_TRACKERS_TOKEN: await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt']),
  };
  // Three that are ACTIVE, for what only reads.
  const token = environment.EVENT_TRACKERS_TOKEN ?? '';
  await Promise.all(
    ['acme-one', 'acme-two', 'acme-three'].map(async (group) => {
      const body = {
        name: group,
        datasetGroupArn: await groups.make(group),
        tags: [{ tagKey: 'team', tagValue: 'web' }],
      };
      const headers = { prefer: 'wait=20' };
      expect((await call(runtime, 'POST', '/event-trackers', { token, body, headers })).body.status).toBe('ACTIVE');
    }),
  );
});
afterAll(async () => {
  groups.personalize.destroy();
  await runtime.end('SIGKILL');
});

const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
const ours = (args: readonly string[], more: Record<string, string> = {}) =>
  eventTrackers(args, { environment: { ...environment, ...more } });
const describeOne = ['describe-event-tracker', '--dataset-group-arn', arnOf('acme-one')];
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('create-event-tracker: its id and status at first, and how to go on; the ids that may be used when ACTIVE', async () => {
  const group = await groups.make('acme-created');
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group];
  const first = await ours([...args, '--tags', 'tagKey=team,tagValue=web', 'tagKey=stage,tagValue=']);
  const { trackerId, ...rest } = jsonOf(first);
  expect(rest).toEqual({ status: 'CREATE PENDING' });
  expect(first.stderr).toContain(`event-trackers wait event-tracker-active --tracker-id ${trackerId}`);
  // The same tags in JSON are the same request.
  const tags = '[{"tagKey":"team","tagValue":"web"},{"tagKey":"stage","tagValue":""}]';
  const again = await ours([...args, '--tags', tags, '--wait']);
  expect(jsonOf(again)).toEqual({
    trackerId,
    status: 'ACTIVE',
    eventTrackerArn: expect.stringMatching(/:event-tracker\//),
    trackingId: expect.any(String),
  });
  const other = await ours(['create-event-tracker', '--name', 'other', '--dataset-group-arn', group]);
  expect([other.code, other.stdout]).toEqual([254, '']);
  expect(other.stderr).toMatch(
    /^\nAn error occurred \(NAME_CONFLICT\) when calling the CreateEventTracker operation: /,
  );
  expect(other.stderr).toContain(`existing: ${trackerId}, name shop, ACTIVE`);
  expect(other.stderr).toMatch(/correlation id: \S+/);
});

test('--cli-input-json and --cli-input-yaml, as a text or a file, with --client-context; options on the line go before them', async () => {
  const asked = async (name: string, args: readonly string[]) => {
    const { trackerId } = jsonOf(await ours(['create-event-tracker', ...args]));
    const { body } = await call(runtime, 'GET', `/event-trackers/${trackerId}`, {
      token: environment.EVENT_TRACKERS_TOKEN ?? '',
    });
    expect(body.datasetGroupArn).toBe(arnOf(name));
    return { name: body.name, tags: body.tags, clientContext: body.clientContext };
  };
  const tags = [{ tagKey: 'team', tagValue: 'web' }];
  const input = (group: string) => ({
    name: 'in-file',
    datasetGroupArn: arnOf(group),
    tags,
    clientContext: 'file:///x',
  });
  const json = fileOf('input.json', JSON.stringify(input('acme-json-file')));
  const yaml = fileOf(
    'input.yaml',
    `name: in-file\ndatasetGroupArn: ${arnOf('acme-yaml-file')}\ntags:\n- {tagKey: team, tagValue: web}\n`,
  );
  expect(
    await Promise.all([
      asked('acme-json', ['--cli-input-json', JSON.stringify(input('acme-json'))]),
      asked('acme-json-file', [
        '--cli-input-json',
        `file://${json}`,
        '--name',
        'on-line',
        '--client-context',
        'order 7',
      ]),
      asked('acme-yaml-file', ['--cli-input-yaml', `file://${yaml}`]),
    ]),
  ).toEqual([
    { name: 'in-file', tags, clientContext: 'file:///x' },
    { name: 'on-line', tags, clientContext: 'order 7' },
    { name: 'in-file', tags, clientContext: undefined },
  ]);
});

test('--idempotency-key: a repeat is no second request, and another request under the key is refused', async () => {
  const args = ['--idempotency-key', 'order, 7', '--dataset-group-arn', await groups.make('acme-keyed')];
  const first = jsonOf(await ours(['create-event-tracker', '--name', 'keyed', ...args]));
  expect(jsonOf(await ours(['create-event-tracker', '--name', 'keyed', ...args])).trackerId).toBe(first.trackerId);
  const other = await ours(['create-event-tracker', '--name', 'other', ...args]);
  expect([other.code, other.stderr]).toEqual([254, expect.stringContaining('(IDEMPOTENCY_KEY_REUSED)')]);
});

test('--adopt-existing takes over what others made; delete lets go of it, and --destroy deletes it', async () => {
  const group = await groups.make('acme-theirs');
  const theirs = new CreateEventTrackerCommand({ name: 'theirs', datasetGroupArn: group });
  const { eventTrackerArn, trackingId } = await groups.personalize.send(theirs);
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group, '--wait'];
  const refused = await ours(args);
  expect([refused.code, JSON.parse(refused.stdout).status]).toEqual([254, 'CREATE FAILED']);
  expect(refused.stderr).toContain('An error occurred (CONFLICT) when calling the CreateEventTracker operation: ');
  expect(jsonOf(await ours([...args, '--adopt-existing']))).toMatchObject({
    eventTrackerArn,
    trackingId,
    status: 'ACTIVE',
  });
  const reference = ['--event-tracker-arn', eventTrackerArn ?? ''];
  expect(jsonOf(await ours(['delete-event-tracker', ...reference])).status).toBe('RELEASED');
  expect(jsonOf(await ours([...args, '--adopt-existing'])).status).toBe('ACTIVE');
  const destroyed = await ours(['delete-event-tracker', ...reference, '--destroy', '--wait']);
  expect(jsonOf(destroyed).status).toBe('DELETED');
});

test('--dry-run tells what stands in the way, and records nothing', async () => {
  const args = (group: string) => [
    'create-event-tracker',
    '--name',
    'dry',
    '--dataset-group-arn',
    arnOf(group),
    '--dry-run',
  ];
  const missing = await ours(args('acme-missing'));
  expect([missing.code, JSON.parse(missing.stdout)]).toMatchObject([
    254,
    { wouldSucceed: false, findings: [{ code: 'DATASET_GROUP_NOT_FOUND' }] },
  ]);
  await groups.make('acme-dry');
  expect(jsonOf(await ours(args('acme-dry')))).toEqual({ wouldSucceed: true, findings: [] });
  const looked = await ours(['describe-event-tracker', '--dataset-group-arn', arnOf('acme-dry')]);
  expect([looked.code, looked.stderr]).toEqual([
    254,
    expect.stringContaining('(NOT_FOUND) when calling the DescribeEventTracker'),
  ]);
});

test('retry-event-tracker tries again, once for an --idempotency-key, and history tells of both', async () => {
  const group = await groups.make('acme-again');
  await local(runtime, 'POST', '/_simulator/faults', {
    operation: 'CreateEventTracker',
    fault: 'access-denied',
    times: 1,
    datasetGroupArn: group,
  });
  const reference = ['--dataset-group-arn', group];
  const failed = await ours(['create-event-tracker', '--name', 'again', ...reference, '--wait']);
  expect(failed.code).toBe(254);
  expect(failed.stderr).toContain('AWS: AccessDeniedException, request id ');
  expect(failed.stderr).toContain('event-trackers retry-event-tracker --tracker-id ');
  // The same request again is answered with the failure, and that is no success.
  expect((await ours(['create-event-tracker', '--name', 'again', ...reference])).code).toBe(254);
  const retry = ['retry-event-tracker', ...reference, '--idempotency-key', 'once', '--wait'];
  expect(jsonOf(await ours(retry)).status).toBe('ACTIVE');
  expect(jsonOf(await ours(retry)).status).toBe('ACTIVE');
  const { transitions } = jsonOf(await ours(['history', ...reference]));
  const statuses = transitions.map(({ status }: { status: string }) => status);
  expect(statuses).toEqual(expect.arrayContaining(['CREATE FAILED', 'ACTIVE']));
  expect(Math.max(...transitions.map(({ generation }: { generation: number }) => generation))).toBe(2);
});

test('put-events sends what the AWS CLI takes: shorthand or JSON, times in seconds, properties as text; --user-id', async () => {
  const reference = ['--dataset-group-arn', arnOf('acme-one'), '--session-id', 'session-1', '--user-id', 'user-1'];
  const list =
    '[{"eventType":"buy","sentAt":1700000000,"eventId":"e2","properties":"{\\"price\\": 7}","eventValue":2.5}]';
  const [shorthand, json, input] = await Promise.all([
    ours([
      'put-events',
      ...reference,
      '--event-list',
      'eventType=click,sentAt=2026-11-24T12:00:00Z,itemId=item-1,eventId=e1,eventValue=3',
    ]),
    ours(['put-events', ...reference, '--event-list', list]),
    ours([
      'put-events',
      '--dataset-group-arn',
      arnOf('acme-one'),
      '--cli-input-json',
      '{"sessionId":"session-2","eventList":[{"eventType":"view","sentAt":"1700000000.5","eventId":"e3"}]}',
    ]),
  ]);
  for (const put of [shorthand, json, input]) expect(jsonOf(put)).toEqual({ accepted: 1, failed: [] });
  const sent = JSON.stringify(await local(runtime, 'GET', '/_simulator/interactions'));
  for (const part of ['"e1"', '"e2"', '"e3"', 'user-1', 'session-2', '2.5', '1700000000.5']) {
    expect(sent).toContain(part);
  }
});

test('--output: json, yaml, text and table; --query picks, --color on colors', async () => {
  const [json, yaml, text, table, colored, picked] = await Promise.all([
    ours(describeOne),
    ours([...describeOne, '--output', 'yaml']),
    ours(['--output', 'text', ...describeOne, '--query', 'eventTracker.[name,status,adopted]']),
    ours([...describeOne, '--output', 'table']),
    ours([...describeOne, '--output', 'table', '--color', 'on']),
    ours([...describeOne, '--query', 'eventTracker.tags[0].tagKey']),
  ]);
  const { eventTracker } = jsonOf(json);
  expect(json.stdout).toBe(`${JSON.stringify({ eventTracker }, null, 4)}\n`);
  expect(parseYaml(yaml.stdout)).toEqual({ eventTracker });
  expect(text.stdout).toBe('acme-one\tACTIVE\tNone\n');
  expect(table.stdout).toContain('DescribeEventTracker');
  expect(table.stdout).toMatch(/^\|\| {2}status +\| {2}ACTIVE +\|\|$/m);
  expect(colored.stdout).toContain('\u001b[34mACTIVE');
  expect(table.stdout).not.toContain('\u001b');
  expect(picked.stdout).toBe('"team"\n');
});

test('--region completes ARNs and filters lists; the environment only completes', async () => {
  const account = { AWS_ACCOUNT_ID: '123456789012' };
  const named = ['describe-event-tracker', '--query', 'eventTracker.name', '--dataset-group-arn'];
  const [byName, byArn, elsewhere, here, environmentOnly] = await Promise.all([
    ours([...named, 'acme-one', '--region', 'us-east-1'], account),
    ours([...named, 'arn:aws:personalize:::dataset-group/acme-two'], { ...account, AWS_REGION: 'us-east-1' }),
    ours(['list-event-trackers', '--region', 'eu-west-1', '--query', 'length(eventTrackers)']),
    ours(['list-event-trackers', '--region', 'us-east-1', '--query', 'length(eventTrackers) > `2`']),
    ours(['list-event-trackers', '--query', 'length(eventTrackers) > `2`'], { AWS_DEFAULT_REGION: 'eu-west-1' }),
  ]);
  expect([byName.stdout, byArn.stdout]).toEqual(['"acme-one"\n', '"acme-two"\n']);
  expect([elsewhere.stdout, here.stdout, environmentOnly.stdout]).toEqual(['0\n', 'true\n', 'true\n']);
});

test('lists go on by --max-items and --starting-token, whatever --page-size; --no-paginate is one page; --status filters', async () => {
  const list = ['list-event-trackers', '--status', 'ACTIVE'];
  const all: string[] = jsonOf(await ours([...list, '--query', 'eventTrackers[].trackerId']));
  expect(all.length).toBeGreaterThan(2);
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const from = token === undefined ? [] : ['--starting-token', token];
    const page = jsonOf(
      await ours([...list, '--max-items', '2', '--page-size', seen.length === 0 ? '3' : '1', ...from]),
    );
    expect(page.eventTrackers.length).toBeLessThanOrEqual(2);
    seen.push(...page.eventTrackers.map(({ trackerId }: { trackerId: string }) => trackerId));
    token = page.NextToken;
  } while (token !== undefined && seen.length <= all.length);
  expect(seen).toEqual(all);
  const [first, group] = await Promise.all([
    ours(['list-event-trackers', '--no-paginate']),
    ours([
      'list-event-trackers',
      '--dataset-group-arn',
      arnOf('acme-one'),
      '--output',
      'text',
      '--query',
      'eventTrackers[].name',
    ]),
  ]);
  expect(jsonOf(first).eventTrackers.length).toBeGreaterThan(2);
  expect(group.stdout).toBe('acme-one\n');
});

test('events: --once what there is, --from-beginning --max-items so many, and what comes as it comes', async () => {
  const reference = ['--dataset-group-arn', arnOf('acme-one')];
  const once = await ours(['events', '--once', ...reference]);
  const lines = once.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({
    name: 'acme-one',
    datasetGroupArn: arnOf('acme-one'),
    status: 'ACTIVE',
    generation: 1,
  });
  const few = await ours(['events', '--from-beginning', '--max-items', '2', '--query', 'status', '--output', 'text']);
  expect(few.stdout).toMatch(/^CREATE PENDING\n.+\n$/);
  // Watched from now on: the first line is of what happens after the watch began.
  const group = await groups.make('acme-watched');
  const created = jsonOf(
    await ours(['create-event-tracker', '--name', 'watched', '--dataset-group-arn', group, '--wait']),
  );
  const deleting = { done: Promise.resolve<unknown>(undefined) };
  const watched = await eventTrackers(
    ['events', '--tracker-id', created.trackerId, '--interval', '1', '--max-items', '1', '--debug'],
    {
      environment,
      onStderr: (text) => {
        // It has looked once: the history was read.
        if (/history: 200/.test(text) && !deletionAsked) {
          deletionAsked = true;
          deleting.done = ours(['delete-event-tracker', '--tracker-id', created.trackerId]);
        }
      },
    },
  );
  await deleting.done;
  expect(JSON.parse(watched.stdout)).toMatchObject({
    trackerId: created.trackerId,
    status: 'DELETE PENDING',
    generation: 2,
  });
});
let deletionAsked = false;

test('--debug tells of requests and answers, with no token and no tracking ID', async () => {
  const { trackingId } = jsonOf(await ours(describeOne)).eventTracker;
  const { stderr, code } = await ours([...describeOne, '--debug']);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /debug: GET http:\/\/127\.0\.0\.1:\d+\/event-trackers\/et-\w+: 200 after \d+ ms, request id \S+/,
  );
  expect(stderr).toContain('token from environment');
  expect(stderr).not.toContain(environment.EVENT_TRACKERS_TOKEN);
  expect(stderr).not.toContain(trackingId);
});

test('the endpoint and token of a --profile, a token file and a token command', async () => {
  const token = environment.EVENT_TRACKERS_TOKEN ?? '';
  const tokenFile = fileOf('token', `${token}\n`);
  const config = fileOf(
    'config',
    `# mine\n[default]\nendpoint_url = http://127.0.0.1:1\n\n[profile here]\nendpoint_url = ${runtime.apiUrl}\ntoken_command = cat ${tokenFile}\noutput = text\n`,
  );
  const list = ['list-event-trackers', '--query', "eventTrackers[?name=='acme-one'].name"];
  const run = (args: readonly string[], environment: Record<string, string>) => eventTrackers(args, { environment });
  const outcomes = await Promise.all([
    // A profile that is asked for goes before the environment.
    run([...list, '--profile', 'here'], {
      EVENT_TRACKERS_CONFIG_FILE: config,
      EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1',
      EVENT_TRACKERS_TOKEN: 'not this one',
    }),
    run(list, { EVENT_TRACKERS_CONFIG_FILE: config, EVENT_TRACKERS_PROFILE: 'here', EVENT_TRACKERS_OUTPUT: 'text' }),
    run([...list, '--endpoint-url', runtime.apiUrl, '--output', 'text'], { EVENT_TRACKERS_TOKEN_FILE: tokenFile }),
    run([...list, '--output', 'text'], {
      EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
      EVENT_TRACKERS_TOKEN_COMMAND: `cat ${tokenFile}`,
    }),
  ]);
  expect(outcomes).toEqual(outcomes.map(() => ({ code: 0, stdout: 'acme-one\n', stderr: '' })));
});

test('a token that is refused, or lacks the scope: 254, and no word of the token', async () => {
  const reader = await tokenOf(runtime, 'acme', ['read']);
  const [bad, lacking] = await Promise.all([
    ours(['list-event-trackers'], { EVENT_TRACKERS_TOKEN: 'eyJub3QifQ.a.token' }),
    ours(['delete-event-tracker', '--dataset-group-arn', arnOf('acme-one')], { EVENT_TRACKERS_TOKEN: reader }),
  ]);
  expect([bad.code, bad.stderr]).toEqual([
    254,
    expect.stringContaining('(UNAUTHORIZED) when calling the ListEventTrackers'),
  ]);
  expect([lacking.code, lacking.stderr]).toEqual([
    254,
    expect.stringContaining('(FORBIDDEN) when calling the DeleteEventTracker'),
  ]);
  expect(bad.stderr + lacking.stderr).not.toMatch(/eyJ/);
});

test('--direct asks Personalize itself, with the AWS configuration: its answer at once, and a warning on stderr', async () => {
  const group = await groups.make('acme-direct');
  const config = fileOf(
    'aws-config',
    '[profile shop]\nregion = us-east-1\naws_access_key_id = local\naws_secret_access_key = local\n',
  );
  const aws = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: config, AWS_ENDPOINT_URL: runtime.awsUrl };
  const direct = (args: readonly string[], more: Record<string, string> = aws) =>
    eventTrackers(['--direct', ...args], { environment: more });
  const args = ['create-event-tracker', '--name', 'direct', '--dataset-group-arn', group, '--profile', 'shop'];
  const { code, stdout, stderr } = await direct([...args, '--tags', 'tagKey=team,tagValue=web']);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^Warning: --direct asks .* not usable before .* ACTIVE\.\n$/),
  ]);
  const { eventTrackerArn, trackingId, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({});
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const url = ['--endpoint-url', runtime.awsUrl];
  const [described, again, nobody, regionless] = await Promise.all([
    direct(
      ['describe-event-tracker', '--event-tracker-arn', eventTrackerArn, ...url, '--region', 'us-east-1', '--debug'],
      keys,
    ),
    direct(args),
    direct([...args.slice(0, -2), '--region', 'us-east-1'], { AWS_ENDPOINT_URL: runtime.awsUrl }),
    direct(['describe-event-tracker', '--event-tracker-arn', eventTrackerArn, ...url], keys),
  ]);
  expect(jsonOf(described).eventTracker).toMatchObject({
    trackingId,
    datasetGroupArn: group,
    creationDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/),
  });
  expect(described.stderr).toMatch(/debug: DescribeEventTracker of Personalize: answered after \d+ ms, request id \S+/);
  expect(described.stderr).not.toContain(trackingId);
  expect([again.code, again.stderr]).toEqual([
    254,
    expect.stringContaining(
      'An error occurred (ResourceAlreadyExistsException) when calling the CreateEventTracker operation',
    ),
  ]);
  expect([nobody.code, nobody.stderr]).toEqual([253, expect.stringContaining('Unable to locate credentials')]);
  expect([regionless.code, regionless.stderr]).toEqual([253, expect.stringContaining('You must specify a region')]);
});
