import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { COMMANDS } from '../../cli/commands/all.ts';
import { HISTORY_OUTPUT, LIST_OUTPUT, PUT_EVENTS_OUTPUT } from '../../cli/output-shapes.ts';
import type { Shape } from '../../cli/shapes.ts';
import { outputSkeleton } from '../../cli/skeleton.ts';
import { documentOfClient } from '../../tools/client/document.ts';
import { inProcess } from './in-process.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
/** Nothing listens on this port, so a case that sends a request exits with 255. */
const environment = { EVENT_TRACKERS_ENDPOINT_URL: 'http://127.0.0.1:1', EVENT_TRACKERS_TOKEN: 'token' };
const run = (args: readonly string[]) => inProcess(args, environment);

const MINIMUM: Readonly<Record<string, readonly string[]>> = {
  'create-event-tracker': ['--name', 'shop'],
  'put-events': ['--session-id', 's', '--event-list', 'eventType=click,sentAt=2026-11-24T12:00:00Z'],
};
/** The parameters that a user would fill in, for the skeleton of each command. */
const FILLED: Readonly<Record<string, object>> = {
  'create-event-tracker': { name: 'shop', tags: [] },
  'update-event-tracker': { tags: [] },
  'put-events': {
    sessionId: 's',
    userId: 'u',
    eventList: [{ eventType: 'click', sentAt: '2026-11-24T12:00:00Z' }],
  },
  'list-event-trackers': { status: 'ACTIVE', nextToken: undefined, maxResults: 5 },
};

const API_COMMANDS = COMMANDS.filter(({ shapes }) => shapes !== undefined);
/** Its parameters are a list, which batch.test.ts covers. */
const BATCH = 'batch-create-event-trackers';

test(`${BATCH}: the skeleton is a list of requests`, async () => {
  const { stdout } = await run([BATCH, '--generate-cli-skeleton']);
  const request = { name: '', datasetGroupArn: '', tags: [{ tagKey: '', tagValue: '' }] };
  expect(JSON.parse(stdout)).toEqual({ requests: [request] });
  const yaml = await run([BATCH, '--generate-cli-skeleton', 'yaml-input']);
  expect(parse(yaml.stdout)).toEqual({ requests: [request] });
  const filled = JSON.stringify({ requests: [{ ...request, name: 'shop', datasetGroupArn: GROUP, tags: [] }] });
  const sample = await run([BATCH, '--cli-input-json', filled, '--generate-cli-skeleton', 'output']);
  expect([sample.code, Object.keys(JSON.parse(sample.stdout))]).toEqual([
    0,
    ['datasetGroupArn', 'trackerId', 'status'],
  ]);
});

test('every command but completion has parameters', () => {
  expect(COMMANDS.filter(({ words }) => words[0] !== 'completion')).toEqual(API_COMMANDS);
});

/** Commands over all tenants: no dataset group identifies what they are about. */
const OVER_ALL_TENANTS: readonly string[] = [
  'summarize-event-trackers',
  'retry-event-trackers',
  'describe-operation',
  'list-operations',
  'cancel-operation',
];

test.each(OVER_ALL_TENANTS)(
  '%s: the skeleton is accepted once filled in, and other parameters are not',
  async (name) => {
    const { stdout } = await run([name, '--generate-cli-skeleton']);
    const filled = JSON.stringify({ ...JSON.parse(stdout), ...FILLED[name] });
    const sample = await run([name, '--cli-input-json', filled, '--generate-cli-skeleton', 'output']);
    expect([sample.code, sample.stderr]).toEqual([0, '']);
    expect(Object.keys(JSON.parse(sample.stdout)).length).toBeGreaterThan(0);
    const unknown = await run([name, '--cli-input-json', '{"nonsense": 1}']);
    expect([unknown.code, unknown.stderr]).toEqual([
      252,
      expect.stringContaining('Unknown parameter in input: "nonsense"'),
    ]);
  },
);

const OVER_ONE = API_COMMANDS.map(({ words }) => ({ name: words.join(' '), words })).filter(
  ({ name }) => name !== BATCH && ![...OVER_ALL_TENANTS, 'wait operation-ended'].includes(name),
);

describe.each(OVER_ONE)('$name', ({ name, words }) => {
  test('--generate-cli-skeleton prints parameters that --cli-input-json and -yaml accept once filled in', async () => {
    const json = await run([...words, '--generate-cli-skeleton']);
    expect([json.code, json.stderr]).toEqual([0, '']);
    const skeleton = z.record(z.string(), z.unknown()).parse(JSON.parse(json.stdout));
    const yaml = await run([...words, '--generate-cli-skeleton', 'yaml-input', '--output', 'text']);
    expect(parse(yaml.stdout)).toEqual(skeleton);
    expect(Object.keys(skeleton)).toContain('datasetGroupArn');
    const reference = { trackerId: undefined, eventTrackerArn: undefined, datasetGroupArn: GROUP };
    const filled = JSON.stringify({ ...skeleton, ...reference, ...FILLED[name] });
    for (const option of ['--cli-input-json', '--cli-input-yaml']) {
      // With `output`, parameters are validated but no request is sent.
      const { code, stderr } = await run([...words, option, filled, '--generate-cli-skeleton', 'output']);
      expect([code, stderr]).toEqual([0, '']);
    }
  });

  test('--generate-cli-skeleton output validates the parameters and prints a sample', async () => {
    const args = [
      ...words,
      '--dataset-group-arn',
      GROUP,
      ...(MINIMUM[name] ?? []),
      '--generate-cli-skeleton',
      'output',
    ];
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, '']);
    if (words[0] === 'wait') expect(stdout).toBe('');
    else expect(Object.keys(JSON.parse(stdout)).length).toBeGreaterThan(0);
    const wrong = await run([...args, '--dataset-group-arn', 'nonsense']);
    expect([wrong.code, wrong.stdout]).toEqual([252, '']);
    expect(wrong.stderr).toContain('Invalid value for parameter datasetGroupArn');
  });

  test('--cli-input-json is validated', async () => {
    const refused = (input: string) => run([...words, '--cli-input-json', input]);
    const unknown = await refused(`{"datasetGroupArn": "${GROUP}", "nonsense": 1}`);
    expect([unknown.code, unknown.stderr]).toEqual([
      252,
      expect.stringContaining('Unknown parameter in input: "nonsense"'),
    ]);
    const twice = await refused(`{"datasetGroupArn": "${GROUP}", "datasetGroupArn": "${GROUP}"}`);
    expect([twice.code, twice.stderr]).toEqual([252, expect.stringContaining('datasetGroupArn must not occur twice')]);
  });
});

test('a skeleton has the members of the AWS CLI with --direct', async () => {
  const described = await run(['describe-event-tracker', '--direct', '--generate-cli-skeleton']);
  // aws personalize describe-event-tracker --generate-cli-skeleton, aws-cli 1.45.11
  expect(described.stdout).toBe('{\n    "eventTrackerArn": ""\n}\n');
  const arn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/x';
  const sample = await run([
    'describe-event-tracker',
    '--direct',
    '--event-tracker-arn',
    arn,
    '--generate-cli-skeleton',
    'output',
  ]);
  expect(JSON.parse(sample.stdout)).toEqual({
    eventTracker: {
      name: 'name',
      eventTrackerArn: 'eventTrackerArn',
      accountId: 'accountId',
      trackingId: 'trackingId',
      datasetGroupArn: 'datasetGroupArn',
      status: 'status',
      creationDateTime: '1970-01-01T00:00:00',
      lastUpdatedDateTime: '1970-01-01T00:00:00',
    },
  });
});

describe('the sample output has the fields of the API', () => {
  interface Schema {
    readonly $ref?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
  }
  const document = documentOfClient();
  const schemas = document.components.schemas as unknown as Readonly<Record<string, Schema>>;
  /** The names of the fields, nested as in the response. */
  function fieldsOf({ $ref, properties, items }: Schema): unknown {
    if ($ref !== undefined) return fieldsOf(schemas[$ref.replace(/^.*\//, '')] ?? {});
    if (items !== undefined) return [fieldsOf(items)];
    if (properties === undefined) return null;
    return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fieldsOf(schema)]));
  }
  const fieldsOfSample = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fieldsOfSample);
    if (typeof value !== 'object' || value === null) return null;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fieldsOfSample(part)]));
  };
  test.each<[string, Shape]>([
    ['EventTrackerPage', LIST_OUTPUT],
    ['EventTrackerHistory', HISTORY_OUTPUT],
    ['PutEventsAnswer', PUT_EVENTS_OUTPUT],
  ])('%s', (name, shape) => {
    expect(fieldsOfSample(outputSkeleton(shape))).toEqual(fieldsOf({ $ref: name }));
  });
});
