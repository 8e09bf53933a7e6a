import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  ListDatasetGroupsCommand,
  ListDatasetsCommand,
  ListEventTrackersCommand,
  ListSchemasCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { type Fault, startFaultyProxy } from './faulty-proxy.ts';

/*
 * Run by `npm run test:ci`. Runs `npm run test:deployed` against the local runtime over the wire, as against a deployment: with its addresses,
 * tokens, a role and the ARN of the bus.
 */
const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'test/deployed/main.ts');
const ROLE = 'arn:aws:iam::123456789012:role/platform';
const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/event-trackers';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-deployed-'));
let runtime: LocalRuntime;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const config = () => ({ endpoint: runtime.awsUrl, region: 'us-east-1', credentials });

/** A token in a file of its own, for a command that prints it. */
async function tokenCommand(tenant: string, scopes: string[]): Promise<string> {
  const file = join(folder, `${tenant}-${scopes.join('-')}`);
  writeFileSync(file, await tokenOf(runtime, tenant, scopes));
  return `cat ${file}`;
}

/** What the suite needs besides the URL, for every check. */
const everything = async () => [
  ...['--token-command', await tokenCommand('acme', ['read', 'write', 'adopt'])],
  ...['--other-token-command', await tokenCommand('globex', ['read', 'write'])],
  ...['--role', ROLE, '--bus-arn', BUS],
];

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly results: readonly { readonly check: string; readonly outcome: string; readonly why?: string }[];
}

/** Runs the suite. @param killAt kills it as soon as its output contains this text */
async function run(
  args: readonly string[],
  { apiUrl = runtime.apiUrl, awsUrl = runtime.awsUrl, state = mkdtempSync(join(folder, 'state-')), killAt = '' } = {},
): Promise<Ran> {
  const report = join(state, 'report.json');
  const child = spawn(process.execPath, [MAIN, '--url', apiUrl, '--state', state, '--report', report, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: awsUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
      if (killAt !== '' && output.includes(killAt)) child.kill('SIGKILL');
    });
  }
  const code = await new Promise<number | null>((ended) => child.on('close', ended));
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).results : [];
  return { code, output, results };
}

/** Everything in the account that a run could have made. */
async function inventory() {
  const personalize = new PersonalizeClient(config());
  const { datasetGroups = [] } = await personalize.send(new ListDatasetGroupsCommand({}));
  const { datasets = [] } = await personalize.send(new ListDatasetsCommand({}));
  const { eventTrackers = [] } = await personalize.send(new ListEventTrackersCommand({}));
  const { schemas = [] } = await personalize.send(new ListSchemasCommand({}));
  const rules = new ListRulesCommand({ EventBusName: 'event-trackers' });
  const { Rules = [] } = await new EventBridgeClient(config()).send(rules);
  const { QueueUrls = [] } = await new SQSClient(config()).send(new ListQueuesCommand({}));
  const lists = await Promise.all(
    ['acme', 'globex'].map(async (tenant) => {
      const { body } = await call(runtime, 'GET', '/event-trackers', { token: await tokenOf(runtime, tenant) });
      return body.eventTrackers.map(
        ({ name, status }: { name: string; status: string }) => `${tenant} ${name} ${status}`,
      );
    }),
  );
  return {
    datasetGroups: datasetGroups.map(({ name }) => name),
    datasets: datasets.map(({ name }) => name),
    eventTrackers: eventTrackers.map(({ name, status }) => `${name} ${status}`),
    schemas: schemas.map(({ name }) => name),
    rules: Rules.map(({ Name }) => Name),
    queues: QueueUrls,
    requested: lists.flat(),
  };
}

describe.skipIf(process.env.TEST_DEPLOYED !== 'yes')('npm run test:deployed', () => {
  beforeAll(async () => {
    runtime = await startLocalRuntime();
    await local(runtime, 'PUT', '/_simulator/timing', {
      ...{ createPendingMs: 100, createInProgressMs: 200, deletePendingMs: 100, deleteInProgressMs: 100 },
      ...{ datasetGroupMs: 50 },
    });
    const trust = { Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    const form = { Action: 'CreateRole', Version: '2010-05-08', RoleName: 'platform', AssumeRolePolicyDocument };
    const scope = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request';
    const headers = { authorization: scope };
    const made = await fetch(runtime.awsUrl, { method: 'POST', headers, body: new URLSearchParams(form) });
    expect(made.status).toBe(200);
    // An event tracker of somebody else, which no run may touch.
    const body = { name: 'of-others', datasetGroupArn: DEMO_GROUP };
    const token = await tokenOf(runtime);
    const { body: others } = await call(runtime, 'POST', '/event-trackers', { token, body });
    const wait = { token, headers: { prefer: 'wait=25' } };
    const { body: now } = await call(runtime, 'GET', `/event-trackers/${others.trackerId}`, wait);
    expect(now.status).toBe('ACTIVE');
  });
  afterAll(async () => {
    await runtime?.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('passes every check, leaves nothing behind, and touches nobody else’s event tracker', async () => {
    const before = await inventory();
    expect(before.requested).toEqual(['acme of-others ACTIVE']);
    const state = mkdtempSync(join(folder, 'state-'));
    const { code, output, results } = await run(await everything(), { state });
    expect(
      results.filter(({ outcome }) => outcome !== 'passed'),
      output,
    ).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(15);
    expect(code).toBe(0);
    expect(await inventory()).toEqual(before);
    expect(readdirSync(state)).toEqual(['report.json']);
    expect(output).not.toMatch(/eyJ[\w-]+\./);
    for (const kind of ['schema', 'dataset group', 'dataset', 'event tracker', 'queue', 'rule']) {
      expect(output).toContain(`removed the ${kind} `);
    }
  });

  test('skips what the command line gives no means for, and says what it needs', async () => {
    const { code, output, results } = await run(['--token-command', await tokenCommand('acme', ['read', 'write'])]);
    const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ why }) => why);
    expect(skipped, output).toEqual([
      'needs --other-token-command',
      'needs --role',
      'the token lacks the scope adopt; the conflict was checked',
      'needs --bus-arn',
    ]);
    expect(code).toBe(0);
  });

  test('after a kill, --clean-up removes what the run had made', async () => {
    const before = await inventory();
    const state = mkdtempSync(join(folder, 'state-'));
    const killed = await run(await everything(), { state, killAt: '✓ The same request meets' });
    expect(killed.code).toBeNull();
    const left = await inventory();
    expect(left.requested).toEqual(
      expect.arrayContaining(['acme of-others ACTIVE', expect.stringMatching(/^acme acceptance /)]),
    );
    expect([left.queues.length, left.rules.length]).toEqual([before.queues.length + 1, before.rules.length + 1]);
    const cleaned = await run([...(await everything()), '--clean-up'], { state });
    expect([cleaned.code, cleaned.output]).toEqual([0, expect.stringContaining('Nothing is left behind.')]);
    expect(await inventory()).toEqual(before);
  });

  test.each([
    ['exit 3', '--token-command: the command ended with 3.'],
    ['echo no-token', '--token-command: the command must print a JWT and nothing else.'],
  ])('refuses the token command %j before it makes anything', async (command, message) => {
    const { code, output } = await run(['--token-command', command]);
    expect([code, output]).toEqual([2, expect.stringContaining(message)]);
    expect(output).not.toContain('making');
  });

  /** Each fault, where it is planted, and the check that must find it. */
  const FAULTS: readonly { name: string; at: 'api' | 'aws'; fault: Fault; check: RegExp; why: RegExp }[] = [
    {
      name: 'a tracking ID before ACTIVE',
      at: 'api',
      fault: { onAnswer: ({ body }) => (isCreating(body) ? { ...body, trackingId: 'too-early' } : body) },
      check: /^A creation that fails/,
      why: /a tracking ID is shown while the event tracker is CREATE/,
    },
    {
      name: 'a second event tracker',
      at: 'aws',
      fault: {
        onAnswer: ({ target, body }) => {
          if (!target.endsWith('.ListEventTrackers') || !isObject(body) || !Array.isArray(body.eventTrackers))
            return body;
          const doubles = body.eventTrackers.map((each) => ({ ...each, eventTrackerArn: `${each.eventTrackerArn}-2` }));
          return { ...body, eventTrackers: [...body.eventTrackers, ...doubles] };
        },
      },
      check: /requests at once make one event tracker$/,
      why: /Personalize lists 2 event trackers in the dataset group, but there must be exactly one/,
    },
    {
      name: 'an event that is missing',
      at: 'aws',
      fault: {
        onAnswer: ({ target, body }) => {
          if (!target.endsWith('.ReceiveMessage') || !isObject(body) || !Array.isArray(body.Messages)) return body;
          return { Messages: body.Messages.filter(({ Body }) => !Body.includes('"status":"DELETED"')) };
        },
      },
      check: /^A deletion leaves nothing/,
      why: /no event "DELETED" of et-\w+ arrived; these did: 1: CREATE FAILED, 2: ACTIVE/,
    },
    {
      name: "another tenant's event tracker that is visible",
      at: 'api',
      fault: {
        onRequest: ({ method, path, headers }) => {
          const isRead = method === 'GET' && /^\/event-trackers\/et-/.test(path);
          if (isRead && tenantOf(headers.authorization) === 'globex') headers.authorization = `Bearer ${ownersToken}`;
        },
      },
      check: /^Another tenant sees, changes and deletes nothing/,
      why: /another tenant can see the event tracker: GET .*→ 200, but it must be 404/,
    },
    {
      name: 'an answer that the OpenAPI document does not list',
      at: 'api',
      fault: { onAnswer: ({ body }) => (isCreating(body) ? { ...body, extra: 1 } : body) },
      check: /^A creation that fails/,
      why: /not as \/openapi\.json says: .*extra/,
    },
  ];
  let ownersToken = '';

  test.for(FAULTS)('fails loudly for $name, and still cleans up', async ({ at, fault, check, why }) => {
    ownersToken = await tokenOf(runtime, 'acme', ['read']);
    const before = await inventory();
    const proxy = await startFaultyProxy(at === 'api' ? runtime.apiUrl : runtime.awsUrl, fault);
    const through = at === 'api' ? { apiUrl: proxy.url } : { awsUrl: proxy.url };
    const { code, output, results } = await run([...(await everything()), '--timeout', '15'], through);
    proxy.close();
    const found = results.find((result) => check.test(result.check));
    expect(found, output).toMatchObject({ outcome: 'failed', why: expect.stringMatching(why) });
    expect(output).toContain(`✗ ${found?.check}`);
    expect(code).toBe(1);
    expect(output).not.toContain('LEFT BEHIND');
    expect(await inventory()).toEqual(before);
  });
});

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCreating = (body: unknown): body is Record<string, unknown> =>
  isObject(body) && typeof body.trackerId === 'string' && String(body.status).startsWith('CREATE');
const tenantOf = (authorization = ''): unknown => {
  try {
    return decodeJwt(authorization.replace(/^Bearer /, '')).tenant;
  } catch {
    return undefined;
  }
};
