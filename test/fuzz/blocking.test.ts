import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';

/**
 * No request may hold the process: a runtime serves both ports and all its executions in one thread. Each request here is large, most are as
 * large as their limit permits, and in the shape that costs most. Its longest block is measured in CPU time, relative to the speed of the machine.
 */
/** Twice the longest block on an idle machine; the faults that this test found blocked for seconds. */
const MAX_BLOCK_MS = 800;
/** The CPU time of the probe's reference on an idle machine on which the blocks were measured. */
const IDLE_REFERENCE_MS = 150;

const folder = mkdtempSync(join(tmpdir(), 'blocking-'));
const PROBE_FILE = join(folder, 'probe');
let runtime: LocalRuntime;
let probe: string;
let token: string;
let reference: number;
beforeAll(async () => {
  const NODE_OPTIONS = `--import=${join(import.meta.dirname, 'cpu-probe.ts')}`;
  runtime = await startLocalRuntime({ environment: { NODE_OPTIONS, PROBE_FILE, POWERTOOLS_LOG_LEVEL: 'ERROR' } });
  probe = readFileSync(PROBE_FILE, 'utf8');
  token = await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'callback']);
});
// Each time, because the load of the machine changes its speed.
beforeEach(async () => {
  reference = Math.min(await read('/reference'), await read('/reference'));
});
afterAll(() => runtime.end('SIGTERM'));

const MiB = 1024 * 1024;
const repeated = (text: string, length: number) => text.repeat(Math.floor(length / text.length));
const listOf = (element: string, length: number) =>
  `[${repeated(`${element},`, length - element.length - 2)}${element}]`;
const members = (count: number) => Array.from({ length: count }, (_, n) => `"${n.toString(36)}":1`).join();
/** JSON of about this length, in shapes that are costly to parse, to validate or to walk. */
const shapesOf = (length: number): Record<string, string> => ({
  'deep arrays': '['.repeat(length / 2) + ']'.repeat(length / 2),
  'deep objects': `${'{"a":'.repeat(length / 6)}1${'}'.repeat(length / 6)}`,
  numbers: listOf('1', length),
  'empty objects': listOf('{}', length),
  'empty arrays': listOf('[]', length),
  names: `{${members(Math.floor(length / 12))}}`,
  'one name again and again': `{${repeated('"a":1,', length - 10)}"a":1}`,
  'a text of escapes': `"${repeated('\\u0000', length - 2)}"`,
  'a text of lone surrogates': `"${repeated('\\ud800', length - 2)}"`,
  'a long number': '1'.repeat(length),
  nulls: listOf('null', length),
  'no JSON': repeated('"', length),
});

async function ask(port: 'api' | 'aws', path: string, headers: Record<string, string>, body = '', method = 'POST') {
  const url = port === 'api' ? runtime.apiUrl : runtime.awsUrl;
  return new Promise<number>((resolve, reject) => {
    const outgoing = request(url, {
      path,
      method,
      agent: false,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    outgoing.on('error', reject).end(body);
  });
}
const read = async (path = '/') => Number(await (await fetch(`${probe}${path}`)).text());

/** The longest block of a request, in milliseconds of an idle machine. */
async function blockOf(...args: Parameters<typeof ask>): Promise<{ status: number; ms: number }> {
  await read();
  const status = await ask(...args);
  // Rules are matched after the response.
  await sleep(5);
  return { status, ms: (await read()) * Math.min(1, IDLE_REFERENCE_MS / reference) };
}
async function expectNoBlock(name: string, ...args: Parameters<typeof ask>): Promise<void> {
  let { status, ms } = await blockOf(...args);
  // What blocks does so each time; another process that had the processor does not.
  for (let more = 0; ms >= MAX_BLOCK_MS && more < 2; more++) ms = Math.min(ms, (await blockOf(...args)).ms);
  if (process.env.BLOCKS) console.log(Math.round(ms), status, name);
  expect(status, name).toBeLessThan(500);
  expect(Math.round(ms), `${name} blocked the event loop for this many milliseconds`).toBeLessThan(MAX_BLOCK_MS);
}

const api = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
const target = (operation: string) => ({
  'x-amz-target': operation,
  'content-type': operation.startsWith('DynamoDB') ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1',
  authorization:
    'AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20261123T000000Z',
});
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';

/** In `npm test`, the shapes that block longest; in `npm run test:ci` all of them. */
const LONGEST = ['names', 'deep arrays', 'a text of escapes', 'one name again and again'];
const shapesOfThisRun = (length: number) =>
  Object.entries(shapesOf(length)).filter(([shape]) => process.env.SHAPES === 'all' || LONGEST.includes(shape));

test.each(shapesOfThisRun(4 * MiB - 400))('bodies of the API, up to 4 MiB: %s', async (shape, json) => {
  const bodies = [json, `{"name":"shop","datasetGroupArn":"${GROUP}","tags":${json}}`];
  for (const body of bodies) await expectNoBlock(`POST ${shape}`, 'api', '/event-trackers', api(), body);
  await expectNoBlock(`batch ${shape}`, 'api', '/event-trackers/batch', api(), `{"eventTrackers":${json}}`);
});

test.each(shapesOfThisRun(MiB - 400))('bodies of the AWS port, up to 1 MiB: %s', async (shape, json) => {
  const text = JSON.stringify(json.slice(0, MiB / 3));
  for (const [operation, body] of [
    ['AWSEvents.PutEvents', `{"Entries":${json}}`],
    ['AWSEvents.PutTargets', `{"Rule":"a","Targets":[{"Id":"a","Arn":"arn:a","x":${json}}]}`],
    ['AWSStepFunctions.StartExecution', `{"stateMachineArn":${json}}`],
    ['AWSStepFunctions.SendTaskSuccess', `{"taskToken":"x","output":${text}}`],
    ['AmazonPersonalize.TagResource', `{"resourceArn":"${GROUP}","tags":${json}}`],
    ['AmazonPersonalize.CreateSchema', `{"name":"x","schema":${text}}`],
    ['DynamoDB_20120810.PutItem', `{"TableName":"event-trackers","Item":${json}}`],
    ['DynamoDB_20120810.PutItem', `{"TableName":"event-trackers","Item":{"trackerId":{"S":"x"},"v":{"L":${json}}}}`],
    ['DynamoDB_20120810.BatchWriteItem', `{"RequestItems":${json}}`],
  ] as const) {
    await expectNoBlock(`${operation} ${shape}`, 'aws', '/', target(operation), body);
  }
  for (const path of ['/_faults', '/_local/sweep']) {
    await expectNoBlock(`${path} ${shape}`, 'aws', path, { 'content-type': 'application/json' }, json);
  }
});

test('headers, queries and paths up to 15 KB, on both ports', async () => {
  const values = ['a.', 'a,', 'Bearer a ', '"', ';', 'W/"a",', 'wait=1,', ' \t'].map((text) => repeated(text, 15_000));
  for (const header of [
    'authorization',
    'prefer',
    'if-none-match',
    'idempotency-key',
    'content-type',
    'cookie',
    'traceparent',
  ]) {
    for (const value of values) {
      await expectNoBlock(header, 'api', '/event-trackers', { ...api(), [header]: `x${value}x` }, '{}');
      await expectNoBlock(header, 'aws', '/', { 'x-amz-target': 'AWSEvents.ListRules', [header]: `x${value}x` }, '{}');
    }
  }
  for (const query of ['a=1&', '%41', 'nextToken=a&', '+', 'X-Amz-Credential=a/b&', '/a', '%2f', '../']) {
    for (const path of [`/event-trackers?${repeated(query, 15_000)}`, `/event-trackers/${repeated(query, 15_000)}`]) {
      await expectNoBlock(query, 'api', path, api(), '', 'GET');
      await expectNoBlock(query, 'aws', path, {}, '', 'GET');
    }
  }
});

test('conditions of DynamoDB', async () => {
  const nested = (open: string, depth: number) => `${open.repeat(depth)}a=:v${')'.repeat(depth)}`;
  for (const FilterExpression of [
    ...[5, 6, 7, 12, 1900].flatMap((depth) => [nested('(', depth), nested('NOT (', Math.min(depth, 600))]),
    `${'(((a=:v) AND a=:v) AND a=:v) OR '.repeat(45)}a=:v`,
    `${'a=:v OR '.repeat(440)}a=:v`,
    `a IN (${':v,'.repeat(1300)}:v)`,
    `${'size('.repeat(700)}a${')'.repeat(700)}=:v`,
  ]) {
    const scan = { TableName: 'event-trackers', FilterExpression, ExpressionAttributeValues: { ':v': { S: 'x' } } };
    const name = `filter ${FilterExpression.slice(0, 30)}`;
    await expectNoBlock(name, 'aws', '/', target('DynamoDB_20120810.Scan'), JSON.stringify(scan));
  }
});

test('patterns and events', async () => {
  const size = 250 * 1024;
  const each = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const pair = '{"b":1,"c":3}';
  const cases: [string, unknown, string][] = [
    ['two fields of one array', { a: { b: [1], c: [2] } }, `{"a":${listOf(pair, size)}}`],
    [
      'eight arrays',
      Object.fromEntries(each(8, (n) => [`a${n}`, { b: [1], c: [2] }])),
      `{${each(8, (n) => `"a${n}":${listOf(pair, size / 9)}`).join()}}`,
    ],
    [
      'an array in 990 others',
      { a: { b: [1], c: [2] } },
      `{"a":${'['.repeat(990)}${listOf(pair, size - 4000)}${']'.repeat(990)}}`,
    ],
    [
      'absent fields',
      { a: Object.fromEntries(each(150, (n) => [`k${n}`, [{ exists: false }]])) },
      `{"a":${listOf('{}', size)}}`,
    ],
    [
      'absent fields beside one',
      { a: { a: [1], ...Object.fromEntries(each(140, (n) => [`k${n}`, [{ exists: false }]])) } },
      `{"a":${listOf('{"a":1,"k139":1}', size)}}`,
    ],
    [
      'alternatives of three arrays',
      Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { $or: each(10, (n) => ({ x: [n] })) }])),
      `{${['a', 'b', 'c'].map((name) => `"${name}":${listOf('{"x":99}', size / 4)}`).join()}}`,
    ],
    [
      'alternatives in one array',
      { a: Object.fromEntries(['x', 'y', 'z'].map((name) => [name, { $or: each(10, (n) => ({ v: [n] })) }])) },
      `{"a":${listOf('{"x":{"v":9},"y":{"v":9},"z":{"v":10}}', size)}}`,
    ],
    [
      'networks',
      { a: each(140, (n) => ({ cidr: `10.0.${n}.0/24` })) },
      `{"a":[${each(15_000, (n) => `"10.1.${n >> 8}.${n & 255}"`).join()}]}`,
    ],
    ['prefixes', { a: each(230, (n) => ({ prefix: `${n}` })) }, `{"a":[${each(25_000, (n) => `"x${n}"`).join()}]}`],
    ['a wildcard', { a: [{ wildcard: `*b${'a'.repeat(3900)}*` }] }, `{"a":"${'a'.repeat(size)}"}`],
    ['cases', { a: each(100, (n) => ({ 'equals-ignore-case': `${n}` })) }, `{"a":"${'İ'.repeat(size / 2)}"}`],
    ['names', { a: { b: [1] } }, `{"a":{${members(18_000)}}}`],
  ];
  for (const [name, detail, event] of cases) {
    const EventPattern = JSON.stringify({ detail });
    const Event = `{"id":"1","account":"1","source":"s","time":"t","region":"r","detail-type":"d","detail":${event}}`;
    const body = JSON.stringify({ EventPattern, Event });
    await expectNoBlock(`TestEventPattern: ${name}`, 'aws', '/', target('AWSEvents.TestEventPattern'), body);
    expect(
      await ask(
        'aws',
        '/',
        target('AWSEvents.PutRule'),
        JSON.stringify({ Name: `r-${name.replaceAll(' ', '-')}`, EventPattern }),
      ),
    ).toBe(200);
  }
  // With all of these as rules, and three hundred in total.
  const prefixes = JSON.stringify({ detail: { a: each(200, (n) => ({ prefix: `p${n}` })) } });
  for (let n = cases.length; n < 300; n++) {
    await ask('aws', '/', target('AWSEvents.PutRule'), JSON.stringify({ Name: `rule-${n}`, EventPattern: prefixes }));
  }
  const Detail = `{"a":[${each(4000, (n) => `"value-${n}"`).join()}]}`;
  const Entries = each(4, () => ({ Source: 's', DetailType: 'd', Detail }));
  await expectNoBlock('300 rules', 'aws', '/', target('AWSEvents.PutEvents'), JSON.stringify({ Entries }));
});
