import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { call } from '../e2e/local-runtime.ts';
import { ENCODINGS } from '../unit/input/encodings.ts';
import { inProcess } from './in-process.ts';
import { arnOf, fileOf, type Service, startService } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const batch = (file: string, ...more: string[]) =>
  service.run(['batch-create-event-trackers', '--requests', `file://${file}`, ...more]);
const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a CSV, JSON or YAML file gets a line for each item, and running it again returns the same trackers', async () => {
  const groups = ['acme-batch-1', 'acme-batch-2'];
  await Promise.all(groups.map((group) => service.groups.make(group)));
  const csv = [
    'name,datasetGroupArn,clientContext,waitForDatasetGroup,tag:team,tag:stage',
    `one,${arnOf('acme-batch-1')},"order 7, part 1",TRUE,web,`,
    `two,${arnOf('acme-batch-2')},,,,prod`,
  ].join('\r\n');
  const { code, stdout, stderr } = await batch(fileOf('trackers.csv', csv));
  expect(code).toBe(0);
  const printed = lines(stdout);
  expect(printed).toEqual(
    groups.map((group) => ({
      datasetGroupArn: arnOf(group),
      trackerId: expect.stringMatching(/^et-/),
      status: 'CREATE PENDING',
    })),
  );
  expect(stderr).toMatch(/^2 requests: 2 sent, 0 not accepted \(\d+ s\)\n$/);
  const [one, two] = await Promise.all(
    printed.map(
      async ({ trackerId }) =>
        (await call(service.runtime, 'GET', `/event-trackers/${trackerId}`, { token: service.token })).body,
    ),
  );
  expect(one).toMatchObject({ clientContext: 'order 7, part 1', waitForDatasetGroup: true });
  expect(one.tags).toEqual([{ tagKey: 'team', tagValue: 'web' }]);
  expect([two.clientContext, two.tags]).toEqual([undefined, [{ tagKey: 'stage', tagValue: 'prod' }]]);
  const requests = [
    {
      name: 'one',
      datasetGroupArn: arnOf('acme-batch-1'),
      clientContext: 'order 7, part 1',
      waitForDatasetGroup: true,
      tags: one.tags,
    },
    { name: 'two', datasetGroupArn: arnOf('acme-batch-2'), tags: two.tags },
  ];
  for (const again of [
    await batch(fileOf('trackers.json', JSON.stringify(requests))),
    await batch(fileOf('trackers.yaml', stringify(requests))),
    await service.run(['batch-create-event-trackers', '--cli-input-json', JSON.stringify({ requests })]),
  ]) {
    expect([again.code, lines(again.stdout).map(({ trackerId }) => trackerId)]).toEqual([
      0,
      printed.map(({ trackerId }) => trackerId),
    ]);
  }
});

test('the exit code is that of the worst item, and each item has a line', async () => {
  const group = await service.groups.make('acme-batch-3');
  const csv = `name,datasetGroupArn\nshop,${group}\nother,${group}\nshop,${arnOf('globex-shop')}\n`;
  const { code, stdout, stderr } = await batch(fileOf('mixed.csv', csv));
  expect(code).toBe(254);
  const [first, second, third] = lines(stdout);
  expect(third).toMatchObject({ datasetGroupArn: arnOf('globex-shop'), reason: 'DATASET_GROUP_NOT_ALLOWED' });
  // The requests of a batch run in parallel, so either of the two names may win.
  expect([first, second].filter(({ status }) => status === 'CREATE PENDING')).toHaveLength(1);
  expect([first, second].map(({ reason }) => reason)).toContain('NAME_CONFLICT');
  expect(stderr).toContain('An error occurred when calling the BatchCreateEventTrackers operation: 2 of 3 requests');
  const text = await batch(
    fileOf('mixed.csv', csv),
    '--query',
    '[datasetGroupArn, reason || status]',
    '--output',
    'text',
  );
  expect(text.stdout.split('\n')[2]).toBe(`${arnOf('globex-shop')}\tDATASET_GROUP_NOT_ALLOWED`);
});

test('names of dataset groups are completed, and a platform names the tenant once', async () => {
  const names = ['name,datasetGroupArn', 'shop,acme-named'].join('\n');
  const completed = await service.run(
    ['batch-create-event-trackers', '--requests', `file://${fileOf('names.csv', names)}`],
    {
      AWS_REGION: 'us-east-1',
      AWS_ACCOUNT_ID: '123456789012',
    },
  );
  expect(lines(completed.stdout)).toMatchObject([{ datasetGroupArn: arnOf('acme-named') }]);
  const refused = await batch(
    fileOf('tenant.csv', `name,datasetGroupArn\nshop,${arnOf('acme-shop')}\n`),
    '--tenant-id',
    'acme',
  );
  expect(lines(refused.stdout)).toMatchObject([{ reason: 'INVALID_REQUEST' }]);
  expect(refused.stderr).toMatch(/^1 request: 1 sent, 1 not accepted/);
  expect(refused.stderr).toContain('1 of 1 request was not accepted\n');
});

describe('calls', () => {
  /** Runs a batch against a server that accepts the calls. With `isFailing`, it refuses all but the first. */
  async function callsOf(count: number, isFailing: boolean) {
    const sizes: number[] = [];
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const { requests } = JSON.parse(text);
      sizes.push(requests.length);
      const isRefused = isFailing && sizes.length > 1;
      response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
      const results = requests.map(({ name }: { name: string }) => ({
        status: 202,
        eventTracker: { trackerId: `et-${name}`, status: 'CREATE PENDING' },
      }));
      response.end(JSON.stringify(isRefused ? { message: 'Unauthorized' } : { results }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rows = Array.from({ length: count }, (_, index) => `n${index},${arnOf(`acme-${index}`)}`);
    const file = fileOf('many.csv', `name,datasetGroupArn\n${rows.join('\n')}\n`);
    const outcome = await inProcess(['batch-create-event-trackers', '--requests', `file://${file}`], {
      EVENT_TRACKERS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      EVENT_TRACKERS_TOKEN: 'token',
    });
    server.close();
    return { sizes, ...outcome };
  }

  test('have up to 100 requests, with the progress after each', async () => {
    const { sizes, code, stdout, stderr } = await callsOf(250, false);
    expect([code, sizes]).toEqual([0, [100, 100, 50]]);
    expect(lines(stdout).map(({ trackerId }) => trackerId)).toEqual(Array.from({ length: 250 }, (_, n) => `et-n${n}`));
    expect(stderr.replaceAll(/\(\d+ s\)/g, '').split('\n')).toEqual([
      '250 requests: 100 sent, 0 not accepted ',
      '250 requests: 200 sent, 0 not accepted ',
      '250 requests: 250 sent, 0 not accepted ',
      '',
    ]);
  });

  test('that fail end the command with their exit code, after the lines so far', async () => {
    const { code, stdout, stderr } = await callsOf(150, true);
    expect([code, lines(stdout).length]).toEqual([254, 100]);
    expect(stderr).toContain('50 of 150 requests have no result. Running the same command again is safe.');
    expect(stderr).toContain('An error occurred (UNAUTHORIZED) when calling the BatchCreateEventTrackers operation');
  });
});

describe('refused before a request is sent: 252', () => {
  const run = (...args: string[]) =>
    inProcess(['batch-create-event-trackers', ...args], {
      EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1',
      EVENT_TRACKERS_TOKEN: 'token',
    });
  test.each([
    ['missing.csv', undefined, 'Unable to load paramfile'],
    ['empty.csv', '', 'Invalid CSV: it is empty'],
    ['head.csv', 'name,datasetGroupArn\n', 'Invalid length for parameter requests, value: 0, valid min length: 1'],
    ['cells.csv', 'name,datasetGroupArn\nshop\n', 'Invalid CSV: line 2: it has 1 cells, but line 1 has 2'],
    ['name.csv', `name,datasetGroupArn\n-x,${arnOf('acme-shop')}\n`, 'Invalid value for parameter requests[0].name'],
    ['column.csv', `name,arn\nshop,x\n`, 'Unknown parameter in requests[0]: "arn"'],
    ['twice.json', '[{"name": "a", "name": "b"}]', '[0].name must not occur twice'],
    ['map.yaml', 'name: shop\n', 'Invalid type: expecting list, received structure'],
    ['bad.yaml', '- [', 'Invalid YAML received.'],
  ])('%s', async (name, text, message) => {
    const file = text === undefined ? '/nonexistent/missing.csv' : fileOf(name, text);
    const { code, stdout, stderr } = await run('--requests', `file://${file}`);
    expect([code, stdout, stderr]).toEqual([252, '', expect.stringContaining(message)]);
  });

  test('a path without file://, no requests, and a table', async () => {
    expect((await run('--requests', 'trackers.csv')).stderr).toContain('use file://trackers.csv');
    expect((await run()).stderr).toContain('the following arguments are required: --requests');
    const file = fileOf('one.csv', `name,datasetGroupArn\nshop,${arnOf('acme-shop')}\n`);
    expect((await run('--requests', `file://${file}`, '--output', 'table')).stderr).toContain('does not support table');
  });
});

test.each(Object.entries(ENCODINGS))('a CSV file in %s', async (name, encode) => {
  const text = `name,datasetGroupArn,tag:é\r\nshop,${arnOf('acme-shop')},日\r\n`;
  const file = fileOf(`${name.replaceAll(/\W/g, '-')}.csv`, encode(text));
  const skeleton = ['--generate-cli-skeleton', 'output'];
  const { code, stderr } = await service.run([
    'batch-create-event-trackers',
    '--requests',
    `file://${file}`,
    ...skeleton,
  ]);
  expect([code, stderr]).toEqual([0, '']);
});
