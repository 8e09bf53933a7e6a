import { join } from 'node:path';
import {
  CreateEventTrackerCommand,
  DeleteEventTrackerCommand,
  ListEventTrackersCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { cells, sendAs, startOperation } from '../contract/tenancy/matrix.ts';
import { makeDatasetGroup } from './aws-operations.ts';
import { call, injectFault, type LocalRuntime, local, startLocalRuntime, tokenOf } from './local-runtime.ts';
import { ACCOUNTS, accountsFile, changeExternalId, deleteRole, makeRole, ownerOf } from './other-accounts.ts';

const ACME = '210987654321';
const UMBRELLA = '345678901234';
const SCOPES = ['read', 'write', 'events', 'adopt'];

let runtime: LocalRuntime;
let acme: Awaited<ReturnType<typeof ownerOf>>;
let acmeEu: Awaited<ReturnType<typeof ownerOf>>;
let umbrella: Awaited<ReturnType<typeof ownerOf>>;
const tokens: Record<string, string> = {};
let made = 0;

beforeAll(async () => {
  const environment = { CREATE_IN_FLIGHT_SECONDS: '1' };
  runtime = await startLocalRuntime({ args: ['--accounts', accountsFile()], environment });
  await Promise.all([makeRole(runtime, ACME), makeRole(runtime, UMBRELLA)]);
  [acme, acmeEu, umbrella] = await Promise.all([
    ownerOf(runtime, ACME, 'us-east-1'),
    ownerOf(runtime, ACME, 'eu-west-1'),
    ownerOf(runtime, UMBRELLA, 'eu-west-1'),
  ]);
  for (const tenant of ['acme', 'umbrella']) tokens[tenant] = await tokenOf(runtime, tenant, SCOPES);
  for (const accountId of [ACME, UMBRELLA]) {
    for (const region of ['us-east-1', 'eu-west-1']) await fast(accountId, region);
  }
  await fast('123456789012', 'us-east-1');
});
afterAll(() => runtime?.end('SIGTERM'));

const fast = (accountId: string, region: string) =>
  local(runtime, 'PUT', `/_simulator/timing?accountId=${accountId}&region=${region}`, {
    ...{ createPendingMs: 50, createInProgressMs: 50, deletePendingMs: 50, deleteInProgressMs: 50, datasetGroupMs: 0 },
  });

const post = (datasetGroupArn: string, tenant = 'acme', more: object = {}, query = '') =>
  call(runtime, 'POST', `/event-trackers${query}`, {
    token: tokens[tenant] ?? '',
    body: { name: 'shop', datasetGroupArn, ...more },
  });
const pathOf = (datasetGroupArn: string) => `/event-trackers/${trackerIdOf(datasetGroupArn)}`;
const get = async (datasetGroupArn: string, tenant = 'acme') =>
  (await call(runtime, 'GET', pathOf(datasetGroupArn), { token: tokens[tenant] ?? '' })).body;
const until = (datasetGroupArn: string, status: string, tenant = 'acme') =>
  vi.waitFor(async () => expect(await get(datasetGroupArn, tenant)).toMatchObject({ status }), {
    timeout: 60_000,
    interval: 100,
  });
const newName = () => `acme-shop-${++made}`;
/** An ACTIVE tracker in acme's account. @returns the ARN of its dataset group */
async function active(owner = acmeEu): Promise<string> {
  const datasetGroupArn = await owner.make(newName());
  expect((await post(datasetGroupArn)).status).toBe(202);
  await until(datasetGroupArn, 'ACTIVE');
  return datasetGroupArn;
}
const fault = (more: object) => injectFault(runtime, 'personalize', more);
const stsFault = (more: object) =>
  local(runtime, 'POST', '/_faults', { service: 'sts', operation: 'AssumeRole', ...more });
const endSessions = () => local(runtime, 'DELETE', '/_sts/sessions');
const drift = () => local(runtime, 'POST', '/_local/drift', {}) as Promise<Record<string, unknown>>;

describe('event trackers in other accounts and Regions', () => {
  test('groups of one name in four places have four event trackers, each in its own account and Region', async () => {
    const home = await ownerOf(runtime, '123456789012', 'us-east-1');
    const owners = { home, acme, acmeEu };
    const groups = await Promise.all(
      Object.values(owners).map(({ personalize }) => makeDatasetGroup(personalize, 'acme-same')),
    );
    const theirs = await umbrella.make('umbrella-same');
    await Promise.all([...groups.map((group) => post(group)), post(theirs, 'umbrella')]);
    await Promise.all([...groups.map((group) => until(group, 'ACTIVE')), until(theirs, 'ACTIVE', 'umbrella')]);
    for (const [index, { personalize }] of Object.values(owners).entries()) {
      const datasetGroupArn = groups[index] ?? '';
      const { eventTrackers = [] } = await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
      expect(eventTrackers.map(({ eventTrackerArn }) => eventTrackerArn)).toEqual([
        (await get(datasetGroupArn)).eventTrackerArn,
      ]);
      expect(eventTrackers[0]?.eventTrackerArn).toContain(datasetGroupArn.split(':').slice(3, 5).join(':'));
    }
    const { body } = await call(runtime, 'GET', `/event-trackers?datasetGroupArn=${groups[2]}`, {
      token: tokens.acme ?? '',
    });
    expect(body.eventTrackers).toMatchObject([{ datasetGroupArn: groups[2] }]);
  });

  test('interactions, a dry run, a change of tags, adoption and a deletion work there too', async () => {
    const datasetGroupArn = await active();
    const sessionId = 's';
    const eventList = [{ eventType: 'view', sentAt: '2026-11-24T00:00:00Z', itemId: 'i' }];
    const token = tokens.acme ?? '';
    const sent = await call(runtime, 'POST', `${pathOf(datasetGroupArn)}/events`, {
      token,
      body: { sessionId, eventList },
    });
    expect(sent).toMatchObject({ status: 200, body: { accepted: 1 } });
    expect((await post(datasetGroupArn, 'acme', {}, '?dryRun=true')).body).toMatchObject({ outcome: 'NOTHING_NEW' });
    const tags = [{ tagKey: 'team', tagValue: 'web' }];
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await call(runtime, 'PATCH', pathOf(datasetGroupArn), { token, headers, body: { tags } });
    expect(patched.status).toBe(202);
    await vi.waitFor(async () => expect((await get(datasetGroupArn)).progress).toBeUndefined(), { timeout: 30_000 });
    const { eventTrackerArn: resourceArn } = await get(datasetGroupArn);
    const read = await acmeEu.personalize.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(read.tags).toEqual(expect.arrayContaining(tags));
    await call(runtime, 'DELETE', pathOf(datasetGroupArn), { token });
    await until(datasetGroupArn, 'DELETED');
    expect((await post(datasetGroupArn, 'acme', {}, '?dryRun=true')).body).toMatchObject({ outcome: 'CREATE' });
    const { eventTrackers } = await acmeEu.personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
    expect(eventTrackers).toEqual([]);
    // Somebody else creates one, which carries no tag of the deployment.
    await acmeEu.personalize.send(new CreateEventTrackerCommand({ name: 'theirs', datasetGroupArn }));
    expect((await post(datasetGroupArn, 'acme', {}, '?dryRun=true')).body).toMatchObject({ outcome: 'CONFLICT' });
    await post(datasetGroupArn, 'acme', { adoptExisting: true });
    await until(datasetGroupArn, 'ACTIVE');
    expect(await get(datasetGroupArn)).toMatchObject({ name: 'theirs', adopted: true });
  });

  test('the drift check compares each account and Region; a lost role of one does not stop the others', async () => {
    const gone = await active(acme);
    const theirs = await umbrella.make('umbrella-drift');
    await post(theirs, 'umbrella');
    await until(theirs, 'ACTIVE', 'umbrella');
    const { eventTrackerArn } = await get(gone);
    await acme.personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn }));
    await deleteRole(runtime, UMBRELLA);
    try {
      await vi.waitFor(
        async () => {
          expect(await drift()).toMatchObject({ failed: 1, aborted: true });
          expect(await get(gone)).toMatchObject({ status: 'DELETED', failure: { code: 'DELETED_OUT_OF_BAND' } });
        },
        { timeout: 30_000, interval: 500 },
      );
      expect(await get(theirs, 'umbrella')).toMatchObject({ status: 'ACTIVE' });
    } finally {
      await makeRole(runtime, UMBRELLA);
    }
    expect(await drift()).toMatchObject({ failed: 0, aborted: false });
  });
});

describe('an account without access', () => {
  const denied = (operation: string) =>
    expect.objectContaining({
      code: 'ACCESS_DENIED',
      remedy: expect.stringMatching(
        new RegExp(`210987654321.*${ACCOUNTS[ACME].roleArn}|${ACCOUNTS[ACME].roleArn}.*${operation}`),
      ),
      retryable: true,
    });

  test.each([
    ['the role is deleted', () => deleteRole(runtime, ACME), () => makeRole(runtime, ACME)],
    [
      'the external id is another one',
      async () => {
        await changeExternalId(runtime, ACME, 'another');
        await endSessions();
      },
      () => changeExternalId(runtime, ACME, ACCOUNTS[ACME].externalId),
    ],
  ])('%s: a new request fails with a remedy, a retry succeeds once access is back', async (_, lose, restore) => {
    const datasetGroupArn = await acme.make(newName());
    await lose();
    try {
      expect((await post(datasetGroupArn, 'acme', {}, '?dryRun=true')).body).toMatchObject({
        outcome: 'FAIL',
        findings: [denied('AssumeRole')],
      });
      await post(datasetGroupArn);
      await until(datasetGroupArn, 'CREATE FAILED');
      expect((await get(datasetGroupArn)).failure).toEqual(denied('AssumeRole'));
    } finally {
      await restore();
    }
    await call(runtime, 'POST', `${pathOf(datasetGroupArn)}/retry`, { token: tokens.acme ?? '' });
    await until(datasetGroupArn, 'ACTIVE');
  });

  test('the role is lost while the tracker is created, and again while it is deleted', async () => {
    const datasetGroupArn = await acme.make(newName());
    await local(runtime, 'PUT', `/_simulator/timing?accountId=${ACME}`, { createInProgressMs: 3_600_000 });
    await post(datasetGroupArn);
    await until(datasetGroupArn, 'CREATE IN_PROGRESS');
    await fast(ACME, 'us-east-1');
    await deleteRole(runtime, ACME);
    try {
      await until(datasetGroupArn, 'CREATE FAILED');
      expect((await get(datasetGroupArn)).failure).toEqual(denied('AssumeRole'));
    } finally {
      await makeRole(runtime, ACME);
    }
    const other = await active(acme);
    await deleteRole(runtime, ACME);
    try {
      await call(runtime, 'DELETE', pathOf(other), { token: tokens.acme ?? '' });
      await vi.waitFor(async () => expect((await get(other)).progress?.waitingFor).toBe('iam-permission'), {
        timeout: 30_000,
      });
    } finally {
      await makeRole(runtime, ACME);
    }
    await until(other, 'DELETED');
  });

  test('interactions get a 409 that names the role, and nothing reaches Personalize', async () => {
    const datasetGroupArn = await active();
    const body = { sessionId: 's', eventList: [{ eventType: 'view', sentAt: '2026-11-24T00:00:00Z' }] };
    await deleteRole(runtime, ACME);
    try {
      const answer = await call(runtime, 'POST', `${pathOf(datasetGroupArn)}/events`, {
        token: tokens.acme ?? '',
        body,
      });
      expect(answer).toMatchObject({ status: 409, body: { reason: 'ACCOUNT_ACCESS_DENIED', retryable: true } });
      expect(answer.body.detail).toContain(ACCOUNTS[ACME].roleArn);
      expect(JSON.stringify(answer.body)).not.toContain(ACCOUNTS[ACME].externalId);
    } finally {
      await makeRole(runtime, ACME);
    }
  });

  test('sessions that end in the middle are replaced: callers notice nothing', async () => {
    // A session that was made for a call and is refused is no session that has ended.
    await active(acmeEu);
    const datasetGroupArn = await acmeEu.make(newName());
    for (const operation of ['DescribeDatasetGroup', 'CreateEventTracker', 'DescribeEventTracker']) {
      await fault({ operation, datasetGroupArn, fault: 'error', error: 'ExpiredTokenException' });
    }
    await post(datasetGroupArn);
    await until(datasetGroupArn, 'ACTIVE');
    await endSessions();
    const another = await active(acmeEu);
    for (const each of [datasetGroupArn, another]) {
      const { body } = await call(runtime, 'GET', `${pathOf(each)}/history`, { token: tokens.acme ?? '' });
      expect(JSON.stringify(body)).not.toContain('ACCESS_DENIED');
    }
    const { calls } = (await local(runtime, 'GET', `/_simulator/calls?accountId=${ACME}&region=eu-west-1`)) as {
      calls: { operation: string; outcome: string; parameters: { datasetGroupArn?: string } }[];
    };
    const creates = calls.filter(
      ({ operation, parameters }) =>
        operation === 'CreateEventTracker' && parameters.datasetGroupArn === datasetGroupArn,
    );
    expect(creates.map(({ outcome }) => outcome)).toEqual(['ExpiredTokenException', 'OK']);
  });

  test.each(['throttle', 'server-error', 'cut'])(
    'STS: %s delays the request, and another account notices nothing',
    async (kind) => {
      const datasetGroupArn = await acme.make(newName());
      await stsFault({ fault: kind, roleArn: ACCOUNTS[ACME].roleArn, times: 3 });
      // After the fault: an execution of another test that still runs could replace the session in between.
      await endSessions();
      const theirs = await umbrella.make(`umbrella-${kind}`);
      await post(datasetGroupArn);
      await post(theirs, 'umbrella');
      await Promise.all([until(datasetGroupArn, 'ACTIVE'), until(theirs, 'ACTIVE', 'umbrella')]);
      expect(await local(runtime, 'GET', '/_faults?service=sts')).toEqual({ faults: [] });
    },
  );

  test('a throttle of Personalize is one of its account and Region', async () => {
    const operation = 'DescribeDatasetGroup';
    await fault({ operation, accountId: ACME, region: 'us-east-1', fault: 'throttle', times: 2 });
    await active(acmeEu);
    expect(await local(runtime, 'GET', '/_faults')).toMatchObject({ faults: [{ times: 2 }] });
    await active(acme);
    expect(await local(runtime, 'GET', '/_faults')).toEqual({ faults: [] });
  });
});

describe('isolation', () => {
  const problemOf = ({
    status,
    body: { correlationId: _, ...body },
  }: {
    status: number;
    body: { correlationId?: string };
  }) => ({
    status,
    body,
  });

  test("no tenant reaches another's account, and the answer does not tell which accounts there are", async () => {
    const refused = problemOf(await post('arn:aws:personalize:us-east-1:123456789012:dataset-group/umbrella-x'));
    expect(refused).toMatchObject({ status: 403, body: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
    const groups = [
      // Of the tenant by its name: in another tenant's account, in an unknown account, in a Region that is not allowed.
      `arn:aws:personalize:eu-west-1:${UMBRELLA}:dataset-group/acme-x`,
      'arn:aws:personalize:eu-west-1:999999999999:dataset-group/acme-x',
      `arn:aws:personalize:eu-west-2:${ACME}:dataset-group/acme-x`,
      'arn:aws:personalize:eu-west-1:123456789012:dataset-group/acme-x',
      // Of another tenant by its name, in the tenant's own account.
      `arn:aws:personalize:eu-west-1:${ACME}:dataset-group/umbrella-x`,
    ];
    const listing = await mintToken(join(runtime.data, 'identity'), {
      ...{ tenant: 'acme', scopes: SCOPES, expiresInSeconds: 600 },
      datasetGroups: groups.slice(0, 4),
    });
    for (const datasetGroupArn of groups) {
      expect(problemOf(await post(datasetGroupArn)), datasetGroupArn).toEqual(refused);
      expect(problemOf(await post(datasetGroupArn, 'acme', {}, '?dryRun=true')), datasetGroupArn).toEqual(refused);
      expect(problemOf(await post(datasetGroupArn, 'acme', { adoptExisting: true })), datasetGroupArn).toEqual(refused);
      const body = { name: 'shop', datasetGroupArn };
      expect(
        problemOf(await call(runtime, 'POST', '/event-trackers', { token: listing, body })),
        datasetGroupArn,
      ).toEqual(refused);
      const batch = await call(runtime, 'POST', '/event-trackers/batch', {
        token: tokens.acme ?? '',
        body: { requests: [body] },
      });
      expect(batch.body.results).toMatchObject([{ status: 403 }]);
      const platform = await tokenOf(runtime, 'acme', ['write', 'platform']);
      const named = { token: platform, body: { ...body, tenantId: 'acme' } };
      expect(problemOf(await call(runtime, 'POST', '/event-trackers', named)), datasetGroupArn).toEqual(refused);
    }
  });

  test('the whole matrix holds for an event tracker in another account', async () => {
    const datasetGroupArn = await umbrella.make('umbrella-payroll');
    const name = 'payrollsecret';
    const token = tokens.umbrella ?? '';
    await call(runtime, 'POST', '/event-trackers', { token, body: { name, datasetGroupArn } });
    await until(datasetGroupArn, 'ACTIVE', 'umbrella');
    const { eventTrackerArn, trackingId, trackerId } = await get(datasetGroupArn, 'umbrella');
    const operationId = await startOperation(runtime, 'umbrella');
    const victim = { tenantId: 'umbrella', trackerId, name, datasetGroupArn, tags: [], operationId };
    for (const cell of cells().filter(({ mayKnow, callerKind }) => !mayKnow && callerKind !== 'other tenant')) {
      const answer = await sendAs(cell, runtime, victim);
      const text = await answer.text();
      const title = `${cell.route.method} ${cell.route.path} by ${cell.callerKind}, scope ${cell.scope}`;
      expect(cell.statuses, `${title}: ${text}`).toContain(answer.status);
      for (const secret of [name, eventTrackerArn, trackingId]) expect(text, title).not.toContain(secret);
    }
    for (const { method, path } of [
      { method: 'GET', path: pathOf(datasetGroupArn) },
      { method: 'PATCH', path: pathOf(datasetGroupArn) },
      { method: 'DELETE', path: pathOf(datasetGroupArn) },
      { method: 'POST', path: `${pathOf(datasetGroupArn)}/retry` },
    ]) {
      expect((await call(runtime, method, path, { token: tokens.acme ?? '' })).status).toBe(404);
    }
    expect(await get(datasetGroupArn, 'umbrella')).toMatchObject({ status: 'ACTIVE', trackingId });
  });
});

// Last: it starts the runtime again.
test('an account that is removed from the settings: its records stay, and work in it is ACCESS_DENIED until it is back', async () => {
  const kept = await active(acme);
  const failed = await acme.make(newName());
  const { [ACME]: _, ...others } = ACCOUNTS;
  const { data } = runtime;
  const restart = async (accounts: object) => {
    await runtime.end('SIGTERM');
    runtime = await startLocalRuntime({ data, args: ['--accounts', accountsFile(accounts)] });
  };
  await post(failed);
  await until(failed, 'ACTIVE');
  const { trackingId } = await get(kept);
  await restart(others);
  expect(await drift()).toMatchObject({ failed: 0, drifted: 0 });
  expect(await get(kept)).toMatchObject({ status: 'ACTIVE', trackingId });
  expect((await post(await acmeArn())).status).toBe(403);
  await call(runtime, 'DELETE', pathOf(failed), { token: tokens.acme ?? '' });
  await vi.waitFor(async () => expect((await get(failed)).progress?.waitingFor).toBe('iam-permission'), {
    timeout: 30_000,
  });
  await restart(ACCOUNTS);
  await until(failed, 'DELETED');
  expect(await get(kept)).toMatchObject({ status: 'ACTIVE', trackingId });
});
const acmeArn = async () => `arn:aws:personalize:us-east-1:${ACME}:dataset-group/acme-new`;
