import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createParameterStore } from '../../functions/gateways/parameter-store.ts';
import { createSecretsManager } from '../../functions/gateways/secrets-manager.ts';
import type { TrackingIdPaths } from '../../functions/gateways/tracking-id-paths.ts';
import { createTrackingIdEntries, entryTableSchema } from '../../functions/store/tracking-id-entries.ts';
import { keepTrackingId, type TrackingIdDependencies } from '../../functions/tracking-ids/keep-tracking-id.ts';
import { createDynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { createSecretsManagerService } from '../../infra/local/secrets-manager/service.ts';
import { createParameterStoreService } from '../../infra/local/ssm/service.ts';
import { stateChange } from '../unit/tracking-ids/world.ts';
import { serve } from './serve.ts';
import { PATH_CALLS, PATH_FAULTS, type PathPlace } from './tracking-id-faults.ts';

/*
 * The functions that keep tracking IDs, over the wire to the local engines. Each fault meets one delivery; Lambda then delivers the event
 * again, and the path must end right.
 */
const faults = new FaultInjection();
const closers: (() => unknown)[] = [];
const stores: Record<string, TrackingIdPaths> = {};
let dependencies: Omit<TrackingIdDependencies, 'pathStore'>;
const logged: string[] = [];

beforeAll(async () => {
  const clock = Date.now;
  const tables = [{ TableName: 'entries', ...entryTableSchema() }];
  const dynamodb = await createDynamoDbService({ tables, faults });
  const ssm = createParameterStoreService({ clock, faults });
  const secrets = createSecretsManagerService({ clock, faults });
  const ports = await Promise.all([dynamodb, ssm, secrets].map(({ wire }) => serve(wire)));
  closers.push(
    ...ports.map(({ close }) => close),
    () => dynamodb.close(),
    () => ssm.close(),
    () => secrets.close(),
  );
  const [forDynamoDb, forSsm, forSecrets] = ports.map(({ url }) => ({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  }));
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(forDynamoDb ?? {}));
  stores.ssm = createParameterStore(new SSMClient(forSsm ?? {}), undefined);
  stores.secretsmanager = createSecretsManager(new SecretsManagerClient(forSecrets ?? {}), undefined);
  const keep = (message: string, facts: object) => void logged.push(`${message} ${JSON.stringify(facts)}`);
  dependencies = {
    entryTable: createTrackingIdEntries(documents, 'entries'),
    deployment: 'test',
    now: clock,
    log: { info: keep, warn: keep, error: (message, _, facts) => keep(message, facts) },
    metrics: { emit() {} },
  };
});
afterAll(async () => {
  for (const close of closers) await close();
});

const TABLE_FAULTS = ['throttle', 'server-error', 'cut', 'lost-answer'];

const rows = (Object.keys(PATH_CALLS) as PathPlace[]).flatMap((place) => [
  ...PATH_CALLS[place].flatMap((operation) =>
    PATH_FAULTS.map((fault) => ({ place, service: place as string, operation: operation as string, fault })),
  ),
  ...['GetItem', 'PutItem', 'Query'].flatMap((operation) =>
    TABLE_FAULTS.map((fault) => ({ place, service: 'dynamodb', operation, fault })),
  ),
]);

let tenants = 0;

describe('a fault of one call, and the delivery that follows it:', () => {
  test.each(rows)('$place, $service $operation: $fault', async ({ place, service, operation, fault }) => {
    const pathStore = stores[place];
    if (pathStore === undefined) throw new Error(`no store for ${place}`);
    tenants += 1;
    const tenantId = `t${tenants}`;
    const errors: unknown[] = [];
    /** Delivers an event as Lambda does: again if the function fails. */
    const deliver = async (event: unknown) => {
      for (let tries = 0; tries < 3; tries++) {
        try {
          await keepTrackingId({ ...dependencies, pathStore }, event);
          return;
        } catch (error) {
          errors.push(error);
        }
      }
      throw new Error('The function failed three times.');
    };
    const path = `/event-trackers/test/${tenantId}/shop`;
    // Created, deleted and created again: these make every call at least once, each under the fault.
    const [first, gone, second] = [
      stateChange('et-1', 1, 'ACTIVE', { tenantId }),
      stateChange('et-1', 2, 'DELETED', { tenantId }),
      stateChange('et-1', 3, 'ACTIVE', { tenantId }),
    ];
    let met = 0;
    for (const [event, expected] of [
      [first, 'id-of-et-1-1'],
      [gone, undefined],
      [second, 'id-of-et-1-3'],
      [first, 'id-of-et-1-3'],
    ]) {
      const injected = await injectOne(service, operation, fault);
      await deliver(event);
      met += await injected.takenAndCleared();
      expect(await pathStore.read(path)).toBe(expected);
    }
    expect(met).toBeGreaterThan(0);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(String(error)).not.toContain('id-of-');
    expect(logged.join('\n')).not.toContain('id-of-');
  });
});

/** Injects a fault into the next call of an operation. */
async function injectOne(service: string, operation: string, fault: string) {
  const request = (method: string, body: object | undefined) =>
    faults.wire({
      method,
      path: '/_faults',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    });
  await request('POST', { service, operation, fault });
  return {
    async takenAndCleared(): Promise<number> {
      const answer = await request('GET', undefined);
      await request('DELETE', undefined);
      const { faults: left } = JSON.parse(String((answer as { body: string | Buffer }).body));
      return left.length === 0 ? 1 : 0;
    },
  };
}
