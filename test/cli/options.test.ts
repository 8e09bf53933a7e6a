import { CreateEventTrackerCommand } from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, injectFault, local } from '../e2e/local-runtime.ts';
import { eventTrackers, jsonOf } from './binary.ts';
import { arnOf, fileOf, type Service, startService } from './service.ts';

/** The options of all commands, against the service and Personalize. Waiting is tested in waiting.test.ts. */

let service: Service;
beforeAll(async () => {
  service = await startService();
  await Promise.all(['acme-one'].map((group) => service.active(group)));
});
afterAll(() => service.end());

const cli: Service['run'] = (args, more) => service.run(args, more);

test('create-event-tracker prints the ID, the status and the next step; with --wait the usable IDs', async () => {
  const group = await service.groups.make('acme-created');
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group];
  const first = await cli([...args, '--tags', 'tagKey=team,tagValue=web', 'tagKey=stage,tagValue=']);
  const { trackerId, ...rest } = jsonOf(first);
  expect(rest).toEqual({ status: 'CREATE PENDING' });
  expect(first.stderr).toContain(`event-trackers wait event-tracker-active --tracker-id ${trackerId}`);
  // The same tags in JSON are the same request.
  const tags = '[{"tagKey":"team","tagValue":"web"},{"tagKey":"stage","tagValue":""}]';
  const again = await cli([...args, '--tags', tags, '--wait']);
  expect(jsonOf(again)).toEqual({
    trackerId,
    status: 'ACTIVE',
    eventTrackerArn: expect.stringMatching(/:event-tracker\//),
    trackingId: expect.any(String),
  });
  const other = await cli(['create-event-tracker', '--name', 'other', '--dataset-group-arn', group]);
  expect([other.code, other.stdout]).toEqual([254, '']);
  expect(other.stderr).toMatch(
    /^\nAn error occurred \(NAME_CONFLICT\) when calling the CreateEventTracker operation: /,
  );
  expect(other.stderr).toContain(`existing: ${trackerId}, name shop, ACTIVE`);
  expect(other.stderr).toMatch(/correlation id: \S+/);
});

test('--cli-input-json and --cli-input-yaml, as a text or a file, with --client-context; command-line options override them', async () => {
  const asked = async (name: string, args: readonly string[]) => {
    const { trackerId } = jsonOf(await cli(['create-event-tracker', ...args]));
    const { body } = await call(service.runtime, 'GET', `/event-trackers/${trackerId}`, {
      token: service.token,
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

test('--idempotency-key: a repeat is not a second request, and a different request with the key is rejected', async () => {
  const args = ['--idempotency-key', 'order, 7', '--dataset-group-arn', await service.groups.make('acme-keyed')];
  const first = jsonOf(await cli(['create-event-tracker', '--name', 'keyed', ...args]));
  expect(jsonOf(await cli(['create-event-tracker', '--name', 'keyed', ...args])).trackerId).toBe(first.trackerId);
  const other = await cli(['create-event-tracker', '--name', 'other', ...args]);
  expect([other.code, other.stderr]).toEqual([254, expect.stringContaining('(IDEMPOTENCY_KEY_REUSED)')]);
  // The old key does not recreate a deleted tracker, and a caller that waits for it fails immediately.
  await cli(['delete-event-tracker', '--tracker-id', first.trackerId, '--wait']);
  const late = await cli(['create-event-tracker', '--name', 'keyed', ...args]);
  expect(jsonOf(late)).toEqual({ trackerId: first.trackerId, status: 'DELETED' });
  expect(late.stderr).toContain('This Idempotency-Key belongs to that finished request; use a new key.');
  expect((await cli(['create-event-tracker', '--name', 'keyed', ...args, '--wait'])).code).toBe(255);
});

test('--adopt-existing takes over an existing tracker; delete releases it, and --destroy deletes it', async () => {
  const group = await service.groups.make('acme-foreign');
  const foreign = new CreateEventTrackerCommand({ name: 'foreign', datasetGroupArn: group });
  const { eventTrackerArn, trackingId } = await service.groups.personalize.send(foreign);
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', group, '--wait'];
  const refused = await cli(args);
  expect([refused.code, refused.stdout]).toEqual([254, '']);
  expect(refused.stderr).toMatch(/\n {2}tracker id: et-\S+\n$/);
  expect(refused.stderr).toContain('An error occurred (CONFLICT) when calling the CreateEventTracker operation: ');
  expect(jsonOf(await cli([...args, '--adopt-existing']))).toMatchObject({
    eventTrackerArn,
    trackingId,
    status: 'ACTIVE',
  });
  const reference = ['--event-tracker-arn', eventTrackerArn ?? ''];
  expect(jsonOf(await cli(['delete-event-tracker', ...reference])).status).toBe('RELEASED');
  expect(jsonOf(await cli([...args, '--adopt-existing'])).status).toBe('ACTIVE');
  const destroyed = await cli(['delete-event-tracker', ...reference, '--destroy', '--wait']);
  expect(jsonOf(destroyed).status).toBe('DELETED');
});

test('--wait-for-dataset-group waits for a group that does not exist yet; a dry run says so', async () => {
  const args = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', arnOf('acme-to-come')];
  expect(jsonOf(await cli([...args, '--wait-for-dataset-group', '--dry-run']))).toEqual({
    wouldSucceed: true,
    outcome: 'CREATE',
    findings: [],
    wouldWaitFor: 'dataset-group',
  });
  const asked = jsonOf(await cli([...args, '--wait-for-dataset-group']));
  const described = () => cli(['describe-event-tracker', '--tracker-id', asked.trackerId]);
  await expect
    .poll(async () => jsonOf(await described()), { timeout: 60_000 })
    .toMatchObject({
      eventTracker: { waitForDatasetGroup: true, progress: { waitingFor: 'dataset-group' } },
    });
  await service.groups.make('acme-to-come');
  expect(jsonOf(await cli([...args, '--wait']))).toMatchObject({ status: 'ACTIVE' });
});

test('--dry-run reports what would fail and records nothing', async () => {
  const args = (group: string) => [
    'create-event-tracker',
    '--name',
    'dry',
    '--dataset-group-arn',
    arnOf(group),
    '--dry-run',
  ];
  const missing = await cli(args('acme-missing'));
  expect([missing.code, JSON.parse(missing.stdout)]).toMatchObject([
    254,
    { wouldSucceed: false, outcome: 'FAIL', findings: [{ code: 'DATASET_GROUP_NOT_FOUND' }] },
  ]);
  await service.groups.make('acme-dry');
  expect(jsonOf(await cli(args('acme-dry')))).toEqual({
    ...{ wouldSucceed: true, outcome: 'CREATE', findings: [] },
  });
  const described = await cli(['describe-event-tracker', '--dataset-group-arn', arnOf('acme-dry')]);
  expect([described.code, described.stderr]).toEqual([
    254,
    expect.stringContaining('(NOT_FOUND) when calling the DescribeEventTracker'),
  ]);
});

test('retry-event-tracker retries once per --idempotency-key, and history shows both attempts', async () => {
  const group = await service.groups.make('acme-again');
  await injectFault(service.runtime, 'personalize', {
    operation: 'CreateEventTracker',
    fault: 'access-denied',
    times: 1,
    datasetGroupArn: group,
  });
  const reference = ['--dataset-group-arn', group];
  const query = ['--query', 'trackingId', '--output', 'text'];
  const failed = await cli(['create-event-tracker', '--name', 'again', ...reference, '--wait', ...query]);
  expect([failed.code, failed.stdout]).toEqual([254, '']);
  expect(failed.stderr).toContain('AWS: AccessDeniedException, request id ');
  // The remedy comes from the service.
  expect(failed.stderr).toContain("\n  Allow the service's role to call personalize:CreateEventTracker");
  expect(failed.stderr).not.toContain('retry-event-tracker');
  const retry = ['retry-event-tracker', ...reference, '--idempotency-key', 'once', '--wait'];
  expect(jsonOf(await cli(retry)).status).toBe('ACTIVE');
  expect(jsonOf(await cli(retry)).status).toBe('ACTIVE');
  const { transitions } = jsonOf(await cli(['history', ...reference]));
  const statuses = transitions.map(({ status }: { status: string }) => status);
  expect(statuses).toEqual(expect.arrayContaining(['CREATE FAILED', 'ACTIVE']));
  expect(Math.max(...transitions.map(({ generation }: { generation: number }) => generation))).toBe(2);
});

test('update-event-tracker replaces the tags, with --if-match, and --remove-client-context; a failure is shown and retried', async () => {
  const group = await service.groups.make('acme-update');
  const reference = ['--dataset-group-arn', group];
  const context = ['--client-context', 'order 7'];
  await cli(['create-event-tracker', '--name', 'shop', ...reference, ...context, '--wait']);
  const update = ['update-event-tracker', ...reference];
  const waited = await cli([...update, '--tags', 'tagKey=team,tagValue=web', '--idempotency-key', 'u', '--wait']);
  const web = [{ tagKey: 'team', tagValue: 'web' }];
  expect(jsonOf(waited)).toMatchObject({ status: 'ACTIVE', tags: web });
  const stale = await cli([...update, '--if-match', '"other"', '--remove-client-context']);
  expect([stale.code, stale.stderr]).toEqual([254, expect.stringContaining('(PRECONDITION_FAILED)')]);
  expect((await cli([...update, '--remove-client-context'])).code).toBe(0);
  const shown = jsonOf(await cli(['describe-event-tracker', ...reference])).eventTracker;
  expect(shown).toMatchObject({ tags: web, generation: 2 });
  expect(shown).not.toHaveProperty('clientContext');
  expect((await cli(update)).stderr).toContain(
    'Give what to change: --tags, --client-context or --remove-client-context',
  );

  const denied = { operation: 'UntagResource', fault: 'access-denied', times: 1, datasetGroupArn: group };
  await injectFault(service.runtime, 'personalize', denied);
  const failed = await cli([...update, '--tags', '[]', '--wait']);
  expect([failed.code, failed.stdout]).toEqual([254, '']);
  expect(failed.stderr).toMatch(
    /\(ACCESS_DENIED\) when calling the UpdateEventTracker operation:[\s\S]*which is ACTIVE/,
  );
  await cli(['retry-event-tracker', ...reference]);
  expect((await cli(['wait', 'event-tracker-updated', ...reference])).code).toBe(0);
  expect(jsonOf(await cli(['describe-event-tracker', ...reference])).eventTracker.tags).toEqual([]);
});

test('put-events accepts what the AWS CLI accepts: shorthand or JSON, times in seconds, properties as text; --user-id', async () => {
  const reference = ['--dataset-group-arn', arnOf('acme-one'), '--session-id', 'session-1', '--user-id', 'user-1'];
  const list =
    '[{"eventType":"buy","sentAt":1700000000,"eventId":"e2","properties":"{\\"price\\": 7}","eventValue":2.5}]';
  const [shorthand, json, input] = await Promise.all([
    cli([
      'put-events',
      ...reference,
      '--event-list',
      'eventType=click,sentAt=2026-11-24T12:00:00Z,itemId=item-1,eventId=e1,eventValue=3',
    ]),
    cli(['put-events', ...reference, '--event-list', list]),
    cli([
      'put-events',
      '--dataset-group-arn',
      arnOf('acme-one'),
      '--cli-input-json',
      '{"sessionId":"session-2","eventList":[{"eventType":"view","sentAt":"1700000000.5","eventId":"e3"}]}',
    ]),
  ]);
  for (const put of [shorthand, json, input]) expect(jsonOf(put)).toEqual({ accepted: 1, failed: [] });
  const sent = JSON.stringify(await local(service.runtime, 'GET', '/_simulator/interactions'));
  for (const part of ['"e1"', '"e2"', '"e3"', 'user-1', 'session-2', '2.5', '1700000000.5']) {
    expect(sent).toContain(part);
  }
});

test('every command takes its parameters from --cli-input-json or -yaml, also in a file', async () => {
  const group = await service.groups.make('acme-input');
  await service.active('acme-by-json');
  const reference = (name: string) => JSON.stringify({ datasetGroupArn: arnOf(name) });
  const one = reference('acme-by-json');
  const yaml = `datasetGroupArn: ${arnOf('acme-by-json')}\n`;
  const { eventTracker } = jsonOf(await cli(['describe-event-tracker', '--cli-input-json', one]));
  expect(eventTracker).toMatchObject({ name: 'acme-by-json', status: 'ACTIVE' });
  const { trackerId, eventTrackerArn } = eventTracker;
  for (const input of [{ trackerId }, { eventTrackerArn }]) {
    const file = fileOf('reference.json', JSON.stringify(input));
    const described = jsonOf(await cli(['describe-event-tracker', '--cli-input-json', `file://${file}`]));
    expect(described).toEqual({ eventTracker });
  }
  expect(jsonOf(await cli(['history', '--cli-input-yaml', yaml])).trackerId).toBe(trackerId);
  expect(jsonOf(await cli(['list-event-trackers', '--cli-input-json', one])).eventTrackers).toHaveLength(1);
  // As with the AWS CLI, a page size in the input requests one page.
  const page = jsonOf(await cli(['list-event-trackers', '--cli-input-json', '{"maxResults": 1}']));
  expect([page.eventTrackers.length, typeof page.nextToken]).toEqual([1, 'string']);
  const next = JSON.stringify({ maxResults: 1, nextToken: page.nextToken });
  const second = jsonOf(await cli(['list-event-trackers', '--cli-input-json', next]));
  expect(second.eventTrackers[0].trackerId).not.toBe(page.eventTrackers[0].trackerId);
  const watched = await cli(['watch', '--once', '--cli-input-json', one, '--max-items', '1']);
  expect(JSON.parse(watched.stdout)).toMatchObject({ trackerId });
  const interactions = { sessionId: 's', eventList: [{ eventType: 'view', sentAt: 1700000000 }] };
  const put = JSON.stringify({ trackerId, ...interactions });
  expect(jsonOf(await cli(['put-events', '--cli-input-json', put]))).toEqual({ accepted: 1, failed: [] });
  expect((await cli(['wait', 'event-tracker-active', '--cli-input-yaml', yaml])).code).toBe(0);
  const retried = await cli(['retry-event-tracker', '--cli-input-json', one]);
  expect([retried.code, retried.stderr]).toEqual([254, expect.stringContaining('(NOT_FAILED)')]);
  const deleted = await cli(['delete-event-tracker', '--cli-input-json', one, '--wait']);
  expect(jsonOf(deleted)).toEqual({ trackerId, status: 'DELETED' });
  // A switch in the input has the same effect as the option.
  const created = { name: 'in', datasetGroupArn: group, waitForDatasetGroup: true };
  const { trackerId: id } = jsonOf(await cli(['create-event-tracker', '--cli-input-json', JSON.stringify(created)]));
  const described = jsonOf(await cli(['describe-event-tracker', '--tracker-id', id]));
  expect(described.eventTracker.waitForDatasetGroup).toBe(true);
});

test('--direct calls Personalize with the AWS configuration, prints its response and warns on stderr', async () => {
  const group = await service.groups.make('acme-direct');
  const config = fileOf(
    'aws-config',
    '[profile shop]\nregion = us-east-1\naws_access_key_id = local\naws_secret_access_key = local\n',
  );
  const aws = {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: config,
    AWS_ENDPOINT_URL: service.runtime.awsUrl,
  };
  const direct = (args: readonly string[], more: Record<string, string> = aws) =>
    eventTrackers(['--direct', ...args], { environment: more });
  const args = ['create-event-tracker', '--name', 'direct', '--dataset-group-arn', group, '--profile', 'shop'];
  const { code, stdout, stderr } = await direct([...args, '--tags', 'tagKey=team,tagValue=web']);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^Warning: --direct calls .* not usable until .* ACTIVE\.\n$/),
  ]);
  const { eventTrackerArn, trackingId, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({});
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const url = ['--endpoint-url', service.runtime.awsUrl];
  const [described, again, nobody, regionless] = await Promise.all([
    direct(
      ['describe-event-tracker', '--event-tracker-arn', eventTrackerArn, ...url, '--region', 'us-east-1', '--debug'],
      keys,
    ),
    direct(args),
    direct([...args.slice(0, -2), '--region', 'us-east-1'], { AWS_ENDPOINT_URL: service.runtime.awsUrl }),
    direct(['describe-event-tracker', '--event-tracker-arn', eventTrackerArn, ...url], keys),
  ]);
  expect(jsonOf(described).eventTracker).toMatchObject({
    trackingId,
    datasetGroupArn: group,
    creationDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/),
  });
  expect(described.stderr).toMatch(/debug: Personalize DescribeEventTracker: responded after \d+ ms, request id \S+/);
  expect(described.stderr).not.toContain(trackingId);
  expect([again.code, again.stderr]).toEqual([
    254,
    expect.stringContaining(
      'An error occurred (ResourceAlreadyExistsException) when calling the CreateEventTracker operation',
    ),
  ]);
  expect([nobody.code, nobody.stderr]).toEqual([253, expect.stringContaining('Unable to locate credentials')]);
  expect([regionless.code, regionless.stderr]).toEqual([253, expect.stringContaining('You must specify a region')]);
  const describe = ['describe-event-tracker', '--event-tracker-arn', eventTrackerArn, '--region', 'us-east-1'];
  const [both, missing] = await Promise.all([
    direct(describe, { ...aws, ...keys, AWS_PROFILE: 'shop' }),
    direct([...describe, '--profile', 'nosuch']),
  ]);
  expect([both.code, both.stderr]).toEqual([0, '']);
  expect([missing.code, missing.stderr]).toEqual([253, '\nThe config profile (nosuch) could not be found\n']);
});
