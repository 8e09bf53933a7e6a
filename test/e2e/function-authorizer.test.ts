import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rotateSigningKey } from '../../infra/local/identity/keys.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime } from './local-runtime.ts';

/** Four times as many clients as API Gateway's JWT authorizer knows, with IDs in the form of Cognito's. */
const TENANTS = Array.from({ length: 200 }, (_, n) => ({
  tenant: n === 0 ? 'acme' : `tenant${n}`,
  clientId: `client${n}`.padEnd(26, 'x'),
}));

let runtime: LocalRuntime;
beforeAll(async () => {
  const AUDIENCE = TENANTS.map(({ clientId }) => clientId).join(',');
  runtime = await startLocalRuntime({ args: ['--authorizer', 'FUNCTION'], environment: { AUDIENCE } });
  await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 100, createInProgressMs: 100 });
});
afterAll(() => runtime?.end('SIGKILL'));

const tokenOf = (request: { tenant: string; clientId?: string }) =>
  mintToken(join(runtime.data, 'identity'), { scopes: ['read', 'write'], expiresInSeconds: 600, ...request });

test('two hundred tenants have their own clients, and no other client is accepted', async () => {
  const answered = await Promise.all(
    TENANTS.map(async (each) => {
      // A dataset group of another tenant is a 403.
      const body = { name: 'shop', datasetGroupArn: DEMO_GROUP.replace('acme-shop', `${each.tenant}-shop`) };
      const made = await call(runtime, 'POST', '/event-trackers?dryRun=true', { token: await tokenOf(each), body });
      return made.status === 200 ? each.tenant : made.status;
    }),
  );
  expect(answered).toEqual(TENANTS.map(({ tenant }) => tenant));
  for (const clientId of ['client0', 'x'.repeat(26), `${TENANTS[0]?.clientId},${TENANTS[1]?.clientId}`, undefined]) {
    const token = await tokenOf({ tenant: 'acme', ...(clientId !== undefined && { clientId }) });
    expect(await call(runtime, 'GET', '/event-trackers', { token })).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
  }
});

test('a tracker of one of them becomes ACTIVE; a token of the next key is accepted immediately', async () => {
  const [acme = { tenant: '' }] = TENANTS;
  const token = await tokenOf(acme);
  const made = await call(runtime, 'POST', '/event-trackers', {
    token,
    body: { name: 'shop', datasetGroupArn: DEMO_GROUP },
  });
  expect(made.status).toBe(202);
  await rotateSigningKey(join(runtime.data, 'identity'));
  const rotated = await tokenOf(acme);
  const status = async () =>
    (await call(runtime, 'GET', `/event-trackers/${made.body.trackerId}`, { token: rotated })).body.status;
  await expect.poll(status).toBe('ACTIVE');
});

test('clients can be accepted by a pattern', async () => {
  const other = await startLocalRuntime({
    environment: { EVENT_TRACKERS_AUTHORIZER: 'FUNCTION', AUDIENCE_PATTERN: '^[a-z]{6}[0-9]{1,3}[x]{17,19}$' },
  });
  const ask = async (clientId: string) => {
    const request = { tenant: 'acme', scopes: ['read'], expiresInSeconds: 60, clientId };
    const token = await mintToken(join(other.data, 'identity'), request);
    return (await call(other, 'GET', '/event-trackers', { token })).status;
  };
  expect(await Promise.all(TENANTS.slice(0, 3).map(({ clientId }) => ask(clientId)))).toEqual([200, 200, 200]);
  expect(await Promise.all(['client1', `${TENANTS[0]?.clientId}x`, 'event-trackers'].map(ask))).toEqual([
    403, 403, 403,
  ]);
  await other.end('SIGKILL');
});
