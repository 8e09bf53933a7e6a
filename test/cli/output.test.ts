import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { tokenOf } from '../e2e/local-runtime.ts';
import { eventTrackers, jsonOf } from './binary.ts';
import { inProcess } from './in-process.ts';
import { arnOf, fileOf, type Service, startService } from './service.ts';

/** Reads, their output formats, and the configuration of endpoint, profile and token. */

let service: Service;
beforeAll(async () => {
  service = await startService();
  await Promise.all(['acme-one', 'acme-two', 'acme-three'].map((group) => service.active(group)));
});
afterAll(() => service.end());

const cli: Service['run'] = (args, more) => service.run(args, more);
const describeOne = ['describe-event-tracker', '--dataset-group-arn', arnOf('acme-one')];

test('--output: json, yaml, text and table, with --query and --color on', async () => {
  const [json, yaml, text, table, colored, picked] = await Promise.all([
    cli(describeOne),
    cli([...describeOne, '--output', 'yaml']),
    cli(['--output', 'text', ...describeOne, '--query', 'eventTracker.[name,status,adopted]']),
    cli([...describeOne, '--output', 'table']),
    cli([...describeOne, '--output', 'table', '--color', 'on']),
    cli([...describeOne, '--query', 'eventTracker.tags[0].tagKey']),
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
    cli([...named, 'acme-one', '--region', 'us-east-1'], account),
    cli([...named, 'arn:aws:personalize:::dataset-group/acme-two'], { ...account, AWS_REGION: 'us-east-1' }),
    cli(['list-event-trackers', '--region', 'eu-west-1', '--query', 'length(eventTrackers)']),
    cli(['list-event-trackers', '--region', 'us-east-1', '--query', 'length(eventTrackers) > `2`']),
    cli(['list-event-trackers', '--query', 'length(eventTrackers) > `2`'], { AWS_DEFAULT_REGION: 'eu-west-1' }),
  ]);
  expect([byName.stdout, byArn.stdout]).toEqual(['"acme-one"\n', '"acme-two"\n']);
  expect([elsewhere.stdout, here.stdout, environmentOnly.stdout]).toEqual(['0\n', 'true\n', 'true\n']);
});

test('--max-items and --starting-token continue a list with any --page-size; --no-paginate is one page; --status filters', async () => {
  const list = ['list-event-trackers', '--status', 'ACTIVE'];
  const all: string[] = jsonOf(await cli([...list, '--query', 'eventTrackers[].trackerId']));
  expect(all.length).toBeGreaterThan(2);
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const from = token === undefined ? [] : ['--starting-token', token];
    const page = jsonOf(
      await cli([...list, '--max-items', '2', '--page-size', seen.length === 0 ? '3' : '1', ...from]),
    );
    expect(page.eventTrackers.length).toBeLessThanOrEqual(2);
    seen.push(...page.eventTrackers.map(({ trackerId }: { trackerId: string }) => trackerId));
    token = page.NextToken;
  } while (token !== undefined && seen.length <= all.length);
  expect(seen).toEqual(all);
  const [first, cut, group] = await Promise.all([
    cli(['list-event-trackers', '--no-paginate']),
    cli(['list-event-trackers', '--output', 'text', '--max-items', '1']),
    cli([
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
  // In text output, every line starts with its kind, including the line of the token.
  expect(cut.stdout).toMatch(/^NEXTTOKEN\t\S+\nEVENTTRACKERS\t/);
  expect(group.stdout).toBe('acme-one\n');
});

test('watch: --once prints the transitions so far, --max-items stops after a number, and new transitions appear as they happen', async () => {
  const reference = ['--dataset-group-arn', arnOf('acme-one')];
  const once = await cli(['watch', '--once', ...reference]);
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
  const few = await cli(['watch', '--from-beginning', '--max-items', '2', '--query', 'status', '--output', 'text']);
  expect(few.stdout).toMatch(/^CREATE PENDING\n.+\n$/);
  // Without --from-beginning, the first line is a transition that happens after the start.
  const group = await service.groups.make('acme-watched');
  const created = jsonOf(
    await cli(['create-event-tracker', '--name', 'watched', '--dataset-group-arn', group, '--wait']),
  );
  const deleting = { done: Promise.resolve<unknown>(undefined) };
  const watched = await eventTrackers(
    ['watch', '--tracker-id', created.trackerId, '--interval', '1', '--max-items', '1', '--debug'],
    {
      environment: service.environment,
      onStderr: (text) => {
        // The first poll has read the history.
        if (/history: 200/.test(text) && !deletionAsked) {
          deletionAsked = true;
          deleting.done = cli(['delete-event-tracker', '--tracker-id', created.trackerId]);
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

test('--debug prints requests and responses, with no token and no tracking ID', async () => {
  const { trackingId } = jsonOf(await cli(describeOne)).eventTracker;
  const { stderr, code } = await cli([...describeOne, '--debug']);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /debug: GET http:\/\/127\.0\.0\.1:\d+\/event-trackers\/et-\w+: 200 after \d+ ms, request id \S+/,
  );
  expect(stderr).toContain('token from environment');
  expect(stderr).not.toContain(service.token);
  expect(stderr).not.toContain(trackingId);
});

test('the endpoint and token of a --profile, a token file and a token command', async () => {
  const token = service.token;
  const tokenFile = fileOf('token', `${token}\n`);
  const config = fileOf(
    'config',
    `# mine\n[default]\nendpoint_url = http://127.0.0.1:1\n\n[profile here]\nendpoint_url = ${service.runtime.apiUrl}\ntoken_command = cat ${tokenFile}\noutput = text\n`,
  );
  const list = ['list-event-trackers', '--query', "eventTrackers[?name=='acme-one'].name"];
  const outcomes = await Promise.all([
    // A profile given with --profile overrides the environment.
    inProcess([...list, '--profile', 'here'], {
      EVENT_TRACKERS_CONFIG_FILE: config,
      EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1',
      EVENT_TRACKERS_TOKEN: 'not this one',
    }),
    inProcess(list, {
      EVENT_TRACKERS_CONFIG_FILE: config,
      EVENT_TRACKERS_PROFILE: 'here',
      EVENT_TRACKERS_OUTPUT: 'text',
    }),
    inProcess([...list, '--endpoint-url', service.runtime.apiUrl, '--output', 'text'], {
      EVENT_TRACKERS_TOKEN_FILE: tokenFile,
    }),
    inProcess([...list, '--output', 'text'], {
      EVENT_TRACKERS_ENDPOINT_URL: service.runtime.apiUrl,
      EVENT_TRACKERS_TOKEN_COMMAND: `cat ${tokenFile}`,
    }),
  ]);
  expect(outcomes).toEqual(outcomes.map(() => ({ code: 0, stdout: 'acme-one\n', stderr: '' })));
});

test('a token that is invalid or lacks the scope exits with 254 and is not printed', async () => {
  const reader = await tokenOf(service.runtime, 'acme', ['read']);
  const [bad, lacking] = await Promise.all([
    cli(['list-event-trackers'], { EVENT_TRACKERS_TOKEN: 'eyJub3QifQ.a.token' }),
    cli(['delete-event-tracker', '--dataset-group-arn', arnOf('acme-one')], { EVENT_TRACKERS_TOKEN: reader }),
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
