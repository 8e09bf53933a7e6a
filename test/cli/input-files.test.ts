import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENCODINGS } from '../unit/input/encodings.ts';
import { eventTrackers } from './binary.ts';
import { inProcess } from './in-process.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
const ID = 'et-aqm2uhwb7pflkqipkzrbxen4hq';
const TAGS = [{ tagKey: 'team', tagValue: 'é日' }];

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-input-'));
const fileOf = (name: string, content: Buffer | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Accepts each request and keeps the latest one. */
let server: Server;
let url: string;
let latest: { readonly authorization: string | undefined; readonly body: unknown };
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    latest = { authorization: request.headers.authorization, body: text === '' ? undefined : JSON.parse(text) };
    const isEvents = request.url?.endsWith('/events') === true;
    response.writeHead(isEvents ? 200 : 202, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        isEvents ? { accepted: 1, failed: [] } : { trackerId: ID, status: 'CREATE PENDING', eventTrackers: [] },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const sent = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const all = { EVENT_TRACKERS_ENDPOINT_URL: url, EVENT_TRACKERS_TOKEN: 'token', ...environment };
  const { code, stderr } = await inProcess(args, all);
  expect([code, stderr.split('\n').filter((line) => /[Ee]rror/.test(line))]).toEqual([0, []]);
  return latest;
};

describe.each(Object.entries(ENCODINGS))('%s', (name, encode) => {
  const file = (text: string) => `file://${fileOf(name.replaceAll(/\W/g, '-'), encode(text))}`;
  const create = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', GROUP];
  const input = { name: 'shop', datasetGroupArn: GROUP, tags: TAGS };
  const yaml = `name: shop\r\ndatasetGroupArn: ${GROUP}\r\ntags:\r\n- tagKey: team\r\n  tagValue: é日\r\n`;

  test.each([
    ['--cli-input-json', () => ['create-event-tracker', '--cli-input-json', file(JSON.stringify(input))]],
    ['--cli-input-yaml', () => ['create-event-tracker', '--cli-input-yaml', file(yaml)]],
    ['--tags as JSON', () => [...create, '--tags', file(`${JSON.stringify(TAGS)}\r\n`)]],
    ['--tags in shorthand', () => [...create, '--tags', file('tagKey=team,tagValue=é日\r\n')]],
    [
      '--name',
      () => ['create-event-tracker', '--name', file('shop'), ...create.slice(3), '--tags', JSON.stringify(TAGS)],
    ],
  ])('%s', async (_, args) => {
    expect((await sent(args())).body).toEqual(input);
  });

  test('--event-list', async () => {
    const list = [{ eventType: 'click', sentAt: '2026-11-24T12:00:00Z', eventId: 'é日' }];
    const args = ['put-events', '--tracker-id', ID, '--session-id', 's', '--event-list', file(JSON.stringify(list))];
    expect((await sent(args)).body).toEqual({ sessionId: 's', eventList: list });
  });

  test('the configuration file, the token file and the CA bundle', async () => {
    const token = fileOf('token', encode('the-token\r\n'));
    const pem = readFileSync(join(import.meta.dirname, 'tls/certificate.pem'), 'utf8');
    const bundle = fileOf('bundle.pem', encode(pem));
    const config = `[profile é]\r\nendpoint_url = ${url}\r\ntoken_file = ${token}\r\nca_bundle = ${bundle}\r\n`;
    const EVENT_TRACKERS_CONFIG_FILE = fileOf('config', encode(config));
    const environment = { EVENT_TRACKERS_CONFIG_FILE, EVENT_TRACKERS_TOKEN: '', EVENT_TRACKERS_ENDPOINT_URL: '' };
    const { authorization } = await sent(['list-event-trackers', '--profile', 'é'], environment);
    expect(authorization).toBe('Bearer the-token');
  });
});

test('an inline value with a byte order mark, as a shell may pass it', async () => {
  const json = JSON.stringify({ name: 'shop', datasetGroupArn: GROUP });
  expect((await sent(['create-event-tracker', '--cli-input-json', `\ufeff${json}`])).body).toEqual(JSON.parse(json));
});

describe('refused with 252 and a reason', () => {
  const create = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', GROUP];
  test.each<[readonly string[], string]>([
    // A path without file://.
    [['create-event-tracker', '--cli-input-json', 'tracker.json'], 'use file://tracker.json'],
    [['create-event-tracker', '--cli-input-json', './input/tracker'], 'use file://./input/tracker'],
    [['create-event-tracker', '--cli-input-json', '~/tracker'], 'use file://~/tracker'],
    [['create-event-tracker', '--cli-input-json', 'C:\\work\\tracker.json'], 'use file://C:\\work\\tracker.json'],
    [['create-event-tracker', '--cli-input-json', 'package'], 'use file://package\n'],
    [['create-event-tracker', '--cli-input-json', 'fileb://tracker.json'], 'use file://tracker.json'],
    [['create-event-tracker', '--cli-input-json', 'file:/tmp/tracker'], 'use file:///tmp/tracker\n'],
    [['create-event-tracker', '--cli-input-json', 'file:tracker.json'], 'use file://tracker.json\n'],
    [['create-event-tracker', '--cli-input-yaml', 'tracker.yaml'], 'use file://tracker.yaml'],
    [[...create, '--tags', 'tags.json'], 'use file://tags.json'],
    [['put-events', '--tracker-id', ID, '--session-id', 's', '--event-list', '/tmp/events'], 'use file:///tmp/events'],
    // A duplicate field.
    [[...create, '--cli-input-json', '{"name": "a", "name": "b"}'], 'name must not occur twice'],
    [
      [...create, '--cli-input-json', '{"tags": [{"tagKey": "a", "tagKey": "b"}]}'],
      'tags[0].tagKey must not occur twice',
    ],
    [[...create, '--cli-input-yaml', 'name: a\nname: b'], 'Map keys must be unique'],
    [[...create, '--tags', '[{"tagKey": "a", "tagKey": "b", "tagValue": ""}]'], '[0].tagKey must not occur twice'],
    [[...create, '--tags', '{"tagKey": "a", "tagValue": "", "tagValue": "b"}'], 'tagValue must not occur twice'],
    [
      [
        ...['put-events', '--tracker-id', ID, '--session-id', 's', '--event-list'],
        '[{"eventType": "e", "sentAt": 1, "properties": "{\\"a\\": 1, \\"a\\": 2}"}]',
      ],
      'eventList[0].properties: must be an object or its JSON: a must not occur twice',
    ],
  ])('%j', async (args, message) => {
    const cwd = join(folder, 'cwd');
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, 'package'), '{}');
    const environment = { EVENT_TRACKERS_ENDPOINT_URL: url, EVENT_TRACKERS_TOKEN: 'token' };
    // A file in the working directory makes any name a path.
    const isInFolder = args.at(-1) === 'package';
    const { code, stdout, stderr } = isInFolder
      ? await eventTrackers(args, { environment, cwd })
      : await inProcess(args, environment);
    expect([code, stdout, stderr]).toEqual([252, '', expect.stringContaining(message)]);
  });

  test('CSV or YAML in a file without the extension: the extension decides how a file is read', async () => {
    for (const text of [`name,datasetGroupArn\nshop,${GROUP}\n`, `- name: shop\n  datasetGroupArn: ${GROUP}\n`]) {
      const args = ['batch-create-event-trackers', '--requests', `file://${fileOf('trackers', text)}`];
      const { code, stdout, stderr } = await inProcess(args, { EVENT_TRACKERS_ENDPOINT_URL: url });
      const hint = expect.stringContaining('The extension of a file decides how it is read: .json, .yaml or .csv.');
      expect([code, stdout, stderr]).toEqual([252, '', hint]);
    }
    // An inline value has no extension.
    expect((await inProcess([...create, '--tags', 'tagKey'], {})).stderr).not.toContain('extension');
  });

  test('a value that is not a path gets no hint to use file://', async () => {
    for (const args of [
      ['--cli-input-json', '{nam'],
      ['--tags', 'tagKey'],
      ['--cli-input-yaml', '- a'],
    ]) {
      expect((await inProcess([...create, ...args], {})).stderr).not.toContain('file://');
    }
  });
});
