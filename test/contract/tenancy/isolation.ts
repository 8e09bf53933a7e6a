import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../../functions/api/routes.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { datasetGroupsOf } from '../../e2e/api/dataset-groups.ts';
import { call, DEMO_GROUP, type LocalRuntime, startLocalRuntime, tokenOf } from '../../e2e/local-runtime.ts';
import { type Cell, cells, RULES, sendAs, startOperation, type Victim } from './matrix.ts';
import { connectBuses, parametersOf, receivedBy } from './places.ts';
import { presignedUrl, signedRequest } from './sign.ts';

/** The isolation of tenants: every route of the matrix against a runtime with this authorizer for tokens. */
export function isolationSuite(authorizer: 'JWT' | 'FUNCTION'): void {
  const GROUPS = DEMO_GROUP.slice(0, DEMO_GROUP.lastIndexOf('/') + 1);
  /** Words that appear nowhere else, not even in an example of the OpenAPI document. */
  const victim = {
    tenantId: 'initech',
    trackerId: '',
    name: 'payrollsecret',
    datasetGroupArn: `${GROUPS}initech-payroll`,
    tags: [{ tagKey: 'tpsreports', tagValue: 'coversheet' }],
    operationId: '',
  } satisfies Victim;
  const CONTEXT = 'stapler-red';

  let runtime: LocalRuntime;
  let owner: string;
  let other: string;
  /** Texts of the victim that must not appear in the answer to another caller. */
  let secrets: string[];
  let before: { etag: string | null; transitions: number };

  beforeAll(async () => {
    runtime = await startLocalRuntime({ args: ['--authorizer', authorizer, '--tracking-id-parameters'] });
  });
  afterAll(() => runtime?.end('SIGTERM'));

  // This is a test because only a test can poll. Every later test builds on it.
  it('a tenant has an ACTIVE tracker and a second one', async () => {
    const groups = await datasetGroupsOf(runtime);
    await groups.make('initech-payroll');
    await groups.make('initech-blog');
    [owner, other] = await Promise.all([tokenOf(runtime, victim.tenantId), tokenOf(runtime, 'umbrella')]);
    await connectBuses(runtime, [victim.tenantId, 'umbrella']);
    const { name, datasetGroupArn, tags } = victim;
    const body = { name, datasetGroupArn, tags, clientContext: CONTEXT };
    const made = await call(runtime, 'POST', '/event-trackers', { token: owner, body });
    expect(made.status).toBe(202);
    victim.trackerId = made.body.trackerId;
    const blog = { name: 'blogsecret', datasetGroupArn: `${GROUPS}initech-blog` };
    expect((await call(runtime, 'POST', '/event-trackers', { token: owner, body: blog })).status).toBe(202);
    await expect.poll(async () => (await describeVictim()).body.status, { timeout: 60_000 }).toBe('ACTIVE');
    victim.operationId = await startOperation(runtime, victim.tenantId);
    const { eventTrackerArn, trackingId, tags: shownTags } = (await describeVictim()).body;
    secrets = [
      ...[victim.tenantId, victim.trackerId, name, 'payroll', CONTEXT, eventTrackerArn, trackingId, 'blogsecret'],
      victim.operationId,
      ...shownTags.flatMap(({ tagKey, tagValue }: Record<string, string>) => [tagKey, tagValue]),
    ];
    before = await stateOfVictim();
  });

  const describeVictim = () => call(runtime, 'GET', `/event-trackers/${victim.trackerId}`, { token: owner });

  async function stateOfVictim() {
    const { headers } = await describeVictim();
    const { body } = await call(runtime, 'GET', `/event-trackers/${victim.trackerId}/history`, { token: owner });
    return { etag: headers.get('etag'), transitions: body.transitions.length };
  }

  function expectNothingOfTheVictim(headers: Iterable<[string, string]>, body: string) {
    const answer = `${JSON.stringify([...headers])}\n${body}`.toLowerCase();
    const leaked = secrets.filter((secret) => answer.includes(secret.toLowerCase()));
    expect(leaked, `leaked in ${answer}`).toEqual([]);
  }

  const nameOf = ({ route, callerKind, scope, statuses }: Cell) =>
    [`${route.method} ${route.path} by ${callerKind}, scope ${scope}: ${statuses.join(' or ')}`] as const;
  const all = cells();
  const refused = all.filter(({ mayKnow }) => !mayKnow);
  // Deletions come last: the other requests need the tracker.
  const allowed = all
    .filter(({ mayKnow }) => mayKnow)
    .sort((one, two) => Number(one.route.method === 'DELETE') - Number(two.route.method === 'DELETE'));

  it('the matrix has a rule for every route, with and without /platform, and no other rules', () => {
    expect(Object.keys(RULES).sort()).toEqual([...new Set(ROUTES.map(({ operation }) => operation))].sort());
    expect(new Set(all.map(({ route }) => route))).toEqual(new Set(ROUTES));
    for (const { path, authorizer } of ROUTES) {
      if (path.startsWith('/platform')) expect(authorizer, path).toBe('iam');
      else expect(authorizer, path).not.toBe('iam');
    }
  });

  describe('a caller without access learns nothing', () => {
    it.each(refused.map((cell) => [...nameOf(cell), cell] as const))('%s', async (_name, cell) => {
      const answer = await sendAs(cell, runtime, victim);
      const text = await answer.text();
      expect(cell.statuses, text).toContain(answer.status);
      expectNothingOfTheVictim(answer.headers, text);
      if (cell.rule.otherItem !== undefined && answer.status === 200) {
        expect(JSON.parse(text).results).toMatchObject([{ status: cell.rule.otherItem }]);
      }
    });

    it.each([
      `/event-trackers?datasetGroupArn=${encodeURIComponent(victim.datasetGroupArn)}`,
      '/event-trackers?status=ACTIVE',
      '/event-trackers?status=ACTIVE&sortBy=lastUpdatedDateTime&nameContains=payroll',
      '/event-trackers?failureCode=ACCESS_DENIED&sortBy=lastUpdatedDateTime',
      '/event-trackers?tenantId=initech',
      '/event-trackers?tenantId=umbrella&tenantId=initech',
    ])('another tenant’s filters do not find the tracker: GET %s', async (path) => {
      const answer = await call(runtime, 'GET', path, { token: other });
      expect(answer.status).toBe(path.includes('tenantId') ? 400 : 200);
      if (answer.status === 200) expect(answer.body).toEqual({ eventTrackers: [] });
      expectNothingOfTheVictim(answer.headers, JSON.stringify(answer.body));
    });

    it('another tenant’s page token is a 400, for a tenant and for a platform', async () => {
      const page = await call(runtime, 'GET', '/event-trackers?maxResults=1', { token: owner });
      const { nextToken } = page.body;
      expect(nextToken).toEqual(expect.any(String));
      const path = `/event-trackers?maxResults=1&nextToken=${encodeURIComponent(nextToken)}`;
      expect((await call(runtime, 'GET', path, { token: owner })).body.eventTrackers).toHaveLength(1);
      const answer = await call(runtime, 'GET', path, { token: other });
      expect(answer.status).toBe(400);
      expectNothingOfTheVictim(answer.headers, JSON.stringify(answer.body));
      const platform = await tokenOf(runtime, 'umbrella', ['read', 'platform']);
      expect((await call(runtime, 'GET', `${path}&tenantId=umbrella`, { token: platform })).status).toBe(400);
    });

    it('a page token of all tenants is a 400 for a tenant, and a tenant’s is one in a list of all tenants', async () => {
      const platform = await mintToken(join(runtime.data, 'identity'), {
        scopes: ['read', 'platform'],
        expiresInSeconds: 60,
      });
      const list = '/event-trackers?maxResults=1&sortBy=lastUpdatedDateTime';
      const first = async (token: string) => (await call(runtime, 'GET', list, { token })).body.nextToken;
      const next = async (token: string, nextToken: string) =>
        (await call(runtime, 'GET', `${list}&nextToken=${nextToken}`, { token })).status;
      const ofAll = await first(platform);
      const ofOwner = await first(owner);
      expect([await next(platform, ofAll), await next(owner, ofOwner)]).toEqual([200, 200]);
      expect([await next(owner, ofAll), await next(other, ofAll), await next(platform, ofOwner)]).toEqual([
        400, 400, 400,
      ]);
    });

    it('a foreign dataset group gets the same 403 with and without a tracker, whatever the request', async () => {
      const ask = async (group: string, path = '/event-trackers', more = {}) => {
        const body = { name: victim.name, datasetGroupArn: `${GROUPS}${group}`, ...more };
        const answer = await call(runtime, 'POST', path, { token: other, body });
        const { correlationId: _, ...problem } = answer.body;
        return { status: answer.status, type: answer.headers.get('content-type'), problem };
      };
      const free = await ask('initech-nothing');
      expect(free).toMatchObject({ status: 403, problem: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
      expect(await ask('initech-payroll')).toEqual(free);
      expect(await ask('initech-payroll', '/event-trackers?dryRun=true')).toEqual(free);
      expect(await ask('initech-payroll', '/event-trackers', { adoptExisting: true })).toEqual(free);
    });

    it('a dataset group that the token lists but another tenant uses gets a 403 that fits both cases', async () => {
      const listing = await mintToken(join(runtime.data, 'identity'), {
        tenant: 'umbrella',
        scopes: ['write'],
        datasetGroups: ['initech-payroll'],
        expiresInSeconds: 60,
      });
      const ask = async (group: string) => {
        const body = { name: 'shop', datasetGroupArn: `${GROUPS}${group}` };
        const answer = await call(runtime, 'POST', '/event-trackers', { token: listing, body });
        const { correlationId: _, ...problem } = answer.body;
        return { status: answer.status, problem };
      };
      const taken = await ask('initech-payroll');
      expect(taken).toMatchObject({ status: 403, problem: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
      expect(taken).toEqual(await ask('umbrella-unlisted'));
      expect(taken.problem.detail).toContain('must not belong to another tenant');
    });

    it('a tenant name longer than any dataset group’s name is a 403 on every route', async () => {
      const scopes = ['read', 'write', 'events'];
      for (const tenant of ['a'.repeat(64), 'a'.repeat(3000)]) {
        const token = await mintToken(join(runtime.data, 'identity'), { tenant, scopes, expiresInSeconds: 60 });
        const ofTenants = ROUTES.filter(({ authorizer, isForAllTenants }) => authorizer === 'jwt' && !isForAllTenants);
        for (const { method, path } of ofTenants) {
          const answer = await call(runtime, method, path.replace('{trackerId}', victim.trackerId), { token });
          expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { reason: 'TENANT_NOT_ALLOWED' } });
        }
      }
    });

    it('no cache may store an answer with a tracking ID, even one with an ETag', async () => {
      for (const path of [`/event-trackers/${victim.trackerId}`, '/event-trackers']) {
        const answer = await call(runtime, 'GET', path, { token: owner });
        expect(JSON.stringify(answer.body)).toContain('"trackingId"');
        expect(answer.headers.get('cache-control'), path).toBe('no-store');
      }
      const address = `${runtime.apiUrl}/event-trackers/${victim.trackerId}`;
      const headers = { authorization: `Bearer ${owner}`, 'if-none-match': before.etag ?? '' };
      const known = await fetch(address, { headers });
      expect([known.status, known.headers.get('cache-control')]).toEqual([304, 'no-store']);
    });

    it('a 404 is the same for a foreign tracker and a missing one, and repeats no id', async () => {
      const missing = `et-${'a'.repeat(26)}`;
      for (const { method, path } of ROUTES.filter(({ path: each }) => /^\/event-trackers\/\{/.test(each))) {
        const problems = await Promise.all(
          [victim.trackerId, missing].map(async (id) => {
            // Nothing else of the request is checked first: this body is not valid JSON.
            const body = method === 'POST' ? '{"not json' : undefined;
            const answer = await call(runtime, method, `${path.replace('{trackerId}', id)}?unknown=1`, {
              token: other,
              body,
            });
            expect(JSON.stringify(answer.body)).not.toContain(id);
            const { correlationId: _, ...problem } = answer.body;
            return { status: answer.status, problem };
          }),
        );
        expect(problems[0], `${method} ${path}`).toEqual(problems[1]);
        expect(problems[0]?.status).toBe(404);
      }
    });

    it('and the tracker is unchanged', async () => {
      expect(await stateOfVictim()).toEqual(before);
    });
  });

  describe('where tracking IDs go outside the service', () => {
    const trackingIdOfVictim = async (): Promise<string> => (await describeVictim()).body.trackingId;

    it('a bus of another account receives the events of its tenants, and none of another', async () => {
      expect(await receivedBy(runtime, victim.tenantId)).toContain(await trackingIdOfVictim());
      expectNothingOfTheVictim([], await receivedBy(runtime, 'umbrella'));
    });

    it("a tenant's path has its own parameters only", async () => {
      await expect.poll(() => parametersOf(runtime, victim.tenantId)).toContain(await trackingIdOfVictim());
      expect(await parametersOf(runtime, 'umbrella')).toEqual([]);
      // A path is no prefix of another tenant's.
      expect(await parametersOf(runtime, victim.tenantId.slice(0, -1))).toEqual([]);
    });
  });

  describe('a caller with access', () => {
    it.each(allowed.map((cell) => [...nameOf(cell), cell] as const))('%s', async (_name, cell) => {
      const answer = await sendAs(cell, runtime, victim);
      const text = await answer.text();
      expect(cell.statuses, text).toContain(answer.status);
      if (cell.route.operation === 'BatchCreateEventTrackers') {
        expect(JSON.parse(text).results).toMatchObject([
          { status: 200, eventTracker: { trackerId: victim.trackerId } },
        ]);
      }
      if (cell.route.operation === 'ListEventTrackers') {
        expect(JSON.parse(text).eventTrackers).toHaveLength(2);
      }
    });
  });

  describe('a platform', () => {
    const ask = async (method: string, path: string, body?: unknown) => {
      const address = `${runtime.apiUrl}/platform${path}`;
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(address, await signedRequest(method, address, init));
      return { status: answer.status, body: JSON.parse(await answer.text()) };
    };

    it('must name the tenant it acts for, and may use only that tenant’s dataset groups', async () => {
      const datasetGroupArn = `${GROUPS}umbrella-shop`;
      const desired = { name: 'shop', datasetGroupArn };
      const without = await ask('POST', '/event-trackers', desired);
      expect(without).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
      const wrong = await ask('POST', '/event-trackers', { ...desired, tenantId: victim.tenantId });
      expect(wrong).toMatchObject({ status: 403, body: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
      const right = await ask('POST', '/event-trackers', { ...desired, tenantId: 'umbrella' });
      expect(right).toMatchObject({ status: 202, body: { tenantId: 'umbrella' } });
      expect((await call(runtime, 'GET', `/event-trackers/${right.body.trackerId}`, { token: other })).status).toBe(
        200,
      );
      const each = await ask('POST', '/event-trackers/batch', {
        requests: [desired, { ...desired, tenantId: 'umbrella' }, { ...desired, tenantId: victim.tenantId }],
      });
      expect(each.body.results.map(({ status }: { status: number }) => status)).toEqual([400, expect.any(Number), 403]);
      expect([200, 202]).toContain(each.body.results[1].status);
    });

    it('lists and counts the event trackers of all tenants if it names none', async () => {
      // A list and a count can miss a record that changes its status meanwhile.
      const statuses = 'ACTIVE,DELETE%20PENDING,DELETE%20IN_PROGRESS,DELETED';
      const listed = async () => {
        const { body } = await ask('GET', `/event-trackers?nameContains=SECRET&status=${statuses}`);
        return body.eventTrackers.map(({ name }: { name: string }) => name).sort();
      };
      await expect.poll(listed).toEqual(['blogsecret', victim.name]);
      const total = async (query = '') => (await ask('GET', `/event-trackers/summary${query}`)).body.total;
      await expect.poll(() => total('?tenantId=initech')).toBe(2);
      await expect.poll(() => total()).toBeGreaterThan(2);
    });

    it('may use a presigned URL; its signature parameters are not treated as query parameters', async () => {
      const list = await fetch(await presignedUrl('GET', `${runtime.apiUrl}/platform/event-trackers?tenantId=initech`));
      expect(list.status).toBe(200);
      expect(await list.text()).toContain('"tenantId":"initech"');
      const token = { authorization: `Bearer ${owner}` };
      const own = await fetch(`${runtime.apiUrl}/event-trackers?X-Amz-Expires=60`, { headers: token });
      expect(own.status).toBe(400);
    });

    it('gets the usual 404 and 405 for an unknown path and a wrong method', async () => {
      expect((await ask('GET', '/health')).status).toBe(404);
      expect((await ask('PUT', '/event-trackers')).status).toBe(405);
    });
  });
}
