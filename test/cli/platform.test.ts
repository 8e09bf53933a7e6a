import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { mintToken } from '../../infra/local/identity/mint.ts';
import { bareEnvironment, eventTrackers, jsonOf } from './binary.ts';
import { inProcess } from './in-process.ts';
import { arnOf, type Service, startService } from './service.ts';

/** The SDK reads its credentials from the environment of this process. */
function useKey(key: string): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', key);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', key);
}
afterEach(() => void vi.unstubAllEnvs());

/** A platform acts for a tenant, with a token that has the scope platform, or with IAM. */

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-platform-'));
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const SCOPES = ['read', 'write', 'events', 'platform'];

describe.each(['a token with the scope platform', '--auth iam'])('%s', (by) => {
  const isSigned = by === '--auth iam';
  const run = async (args: readonly string[]) => {
    if (isSigned) useKey('platform');
    const token = await mintToken(join(service.runtime.data, 'identity'), { scopes: SCOPES, expiresInSeconds: 3600 });
    const environment = { EVENT_TRACKERS_ENDPOINT_URL: service.runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
    return inProcess(isSigned ? [...args, '--auth', 'iam'] : args, { ...environment, AWS_REGION: 'us-east-1' });
  };

  test('--tenant-id names the tenant in every command that needs it', async () => {
    const group = await service.groups.make(isSigned ? 'acme-signed' : 'acme-platform');
    const reference = ['--dataset-group-arn', group, '--tenant-id', 'acme'];
    const created = await run(['create-event-tracker', '--name', 'shop', ...reference, '--wait']);
    const { trackerId, eventTrackerArn } = jsonOf(created);
    const { eventTracker } = jsonOf(await run(['describe-event-tracker', ...reference]));
    expect(eventTracker).toMatchObject({ trackerId, tenantId: 'acme', status: 'ACTIVE' });
    const byArn = ['--event-tracker-arn', eventTrackerArn, '--tenant-id', 'acme'];
    expect(jsonOf(await run(['describe-event-tracker', ...byArn]))).toEqual({ eventTracker });
    // --tracker-id needs no tenant.
    expect(jsonOf(await run(['describe-event-tracker', '--tracker-id', trackerId]))).toEqual({ eventTracker });
    const list = jsonOf(await run(['list-event-trackers', '--tenant-id', 'acme', '--page-size', '1']));
    expect(list.eventTrackers).toContainEqual(eventTracker);
    const input = JSON.stringify({ datasetGroupArn: group, tenantId: 'acme' });
    expect(jsonOf(await run(['history', '--cli-input-json', input])).trackerId).toBe(trackerId);
    const watched = await run(['watch', '--once', '--tenant-id', 'acme', '--query', 'trackerId']);
    expect(watched.stdout).toContain(`"${trackerId}"\n`);
    const put = [...reference, '--session-id', 's', '--event-list', 'eventType=click,sentAt=2026-11-24T12:00:00Z'];
    expect(jsonOf(await run(['put-events', ...put]))).toEqual({ accepted: 1, failed: [] });
    expect((await run(['wait', 'event-tracker-active', ...reference])).code).toBe(0);
    expect((await run(['retry-event-tracker', ...reference])).stderr).toContain('(NOT_FAILED)');
    const deleted = await run(['delete-event-tracker', ...reference, '--wait']);
    expect(jsonOf(deleted)).toEqual({ trackerId, status: 'DELETED' });
  }, 60_000);

  test('without --tenant-id, it lists and counts the trackers of all tenants; a creation must name the tenant', async () => {
    const failed = { name: 'unknown', datasetGroupArn: arnOf(`globex-${isSigned ? 'signed' : 'platform'}`) };
    const input = JSON.stringify({ ...failed, tenantId: 'globex' });
    expect((await run(['create-event-tracker', '--cli-input-json', input, '--wait'])).code).toBe(254);
    const filter = ['--failure-code', 'DATASET_GROUP_NOT_FOUND', 'CONFLICT', '--status', 'CREATE FAILED', 'DELETED'];
    const groups = async (args: readonly string[]) =>
      jsonOf(await run(['list-event-trackers', ...args])).eventTrackers.map(
        ({ datasetGroupArn }: { datasetGroupArn: string }) => datasetGroupArn,
      );
    expect(await groups([...filter, '--name-contains', 'NKNO'])).toContain(failed.datasetGroupArn);
    expect(await groups([...filter, '--dataset-group-arn', failed.datasetGroupArn])).toEqual([failed.datasetGroupArn]);
    expect(await groups([...filter, '--tenant-id', 'acme', '--sort-by', 'lastUpdatedDateTime'])).toEqual([]);
    expect(await groups(['--cli-input-json', '{"status": "CREATE FAILED"}'])).toContain(failed.datasetGroupArn);
    const { total, byFailureCode } = jsonOf(await run(['summarize-event-trackers', '--tenant-id', 'globex']));
    expect(byFailureCode).toEqual({ DATASET_GROUP_NOT_FOUND: total });
    expect(jsonOf(await run(['summarize-event-trackers'])).total).toBeGreaterThanOrEqual(total);
    const created = await run([
      'create-event-tracker',
      '--name',
      'shop',
      '--dataset-group-arn',
      failed.datasetGroupArn,
    ]);
    expect([created.code, created.stderr]).toEqual([254, expect.stringContaining('tenantId')]);
  });
});

test('a tenant may not use --tenant-id for another tenant', async () => {
  const { code, stderr } = await service.run(['list-event-trackers', '--tenant-id', 'globex']);
  expect([code, stderr]).toEqual([254, expect.stringContaining('only platforms name a tenant')]);
});

test('a tenant may not count the trackers of all tenants', async () => {
  const { code, stderr } = await service.run(['summarize-event-trackers']);
  expect([code, stderr]).toEqual([254, expect.stringContaining('(FORBIDDEN)')]);
});

describe('--auth iam', () => {
  const list = ['list-event-trackers', '--tenant-id', 'acme'];
  const endpoint = () => ({ EVENT_TRACKERS_ENDPOINT_URL: service.runtime.apiUrl, AWS_REGION: 'us-east-1' });

  test('signs with the AWS profile named in the configuration, or with AWS_PROFILE', async () => {
    const aws = fileOf(
      'aws-config',
      '[profile ops]\naws_access_key_id = platform\naws_secret_access_key = platform\n[default]\naws_access_key_id = no\naws_secret_access_key = no\n',
    );
    const files = { AWS_CONFIG_FILE: aws, AWS_SHARED_CREDENTIALS_FILE: aws };
    const config = fileOf(
      'config',
      `[profile platform]\nendpoint_url = ${service.runtime.apiUrl}\nauth = iam\naws_profile = ops\nregion = us-east-1\n`,
    );
    const byProfile = await eventTrackers([...list, '--profile', 'platform'], {
      environment: { ...files, EVENT_TRACKERS_CONFIG_FILE: config },
    });
    expect([byProfile.code, byProfile.stderr]).toEqual([0, '']);
    const byVariable = await eventTrackers(list, {
      environment: { ...files, ...endpoint(), EVENT_TRACKERS_AUTH: 'iam', AWS_PROFILE: 'ops' },
    });
    expect([byVariable.code, byVariable.stderr]).toEqual([0, '']);
  });

  test('like the AWS CLI, prefers keys in the environment to AWS_PROFILE, but not to the profile given with --profile', async () => {
    const keysOf = (key: string) => `aws_access_key_id = ${key}\naws_secret_access_key = ${key}\n`;
    const aws = fileOf('aws-two', `[profile ops]\n${keysOf('platform')}[profile other]\n${keysOf('outsider')}`);
    const config = fileOf('config-two', '[profile platform]\nauth = iam\naws_profile = ops\n');
    const run = (key: string, AWS_PROFILE: string, ...more: string[]) =>
      eventTrackers([...list, '--auth', 'iam', ...more], {
        environment: {
          ...endpoint(),
          ...{ AWS_CONFIG_FILE: aws, AWS_PROFILE, EVENT_TRACKERS_CONFIG_FILE: config },
          ...(key !== '' && { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: key }),
        },
      });
    const [byKeys, byGiven, missing, missingToo] = await Promise.all([
      run('platform', 'other'),
      run('outsider', 'other', '--profile', 'platform'),
      run('', 'nosuch'),
      run('platform', 'nosuch'),
    ]);
    expect([byKeys.code, byKeys.stderr]).toEqual([0, '']);
    expect([byGiven.code, byGiven.stderr]).toEqual([0, '']);
    const notFound = { code: 253, stdout: '', stderr: '\nThe config profile (nosuch) could not be found\n' };
    expect([missing, missingToo]).toEqual([notFound, notFound]);
  });

  test('adds the path /platform once, is refused for another role, and prints no signature with --debug', async () => {
    const run = (key: string, url: string, ...more: string[]) => {
      useKey(key);
      return inProcess([...list, '--auth', 'iam', '--endpoint-url', url, ...more], endpoint());
    };
    for (const path of ['', '/', '/platform', '/platform/']) {
      expect((await run('platform', `${service.runtime.apiUrl}${path}`)).code).toBe(0);
    }
    const other = await run('outsider', service.runtime.apiUrl);
    expect([other.code, other.stderr]).toEqual([254, expect.stringContaining('(SCOPE_REQUIRED)')]);
    const debugged = await run('platform', service.runtime.apiUrl, '--debug');
    expect(debugged.stderr).toContain('signed with AWS credentials');
    expect(debugged.stderr).toContain('authorization');
    expect(debugged.stderr).not.toMatch(/Signature=|Credential=/);
  });

  test('exits with 253 without credentials or a Region', async () => {
    const nobody = await eventTrackers([...list, '--auth', 'iam'], { environment: endpoint() });
    expect([nobody.code, nobody.stdout]).toEqual([253, '']);
    expect(nobody.stderr).toContain('Unable to locate credentials');
    const { code, stderr } = await inProcess([...list, '--auth', 'iam'], { ...endpoint(), AWS_REGION: '' });
    expect([code, stderr]).toEqual([253, expect.stringContaining('You must specify a region to sign for')]);
  });
});

test('without --auth iam and --direct, no AWS package is loaded', async () => {
  const script = `
    process.exitCode = 0;
    const { registerHooks } = await import('node:module');
    registerHooks({ resolve(specifier, context, next) {
      if (/^@(aws|smithy)/.test(specifier)) throw new Error('loads ' + specifier);
      return next(specifier, context);
    } });
    process.argv = [process.argv[0], 'event-trackers', 'describe-event-tracker', '--dataset-group-arn', '${arnOf('acme-none')}'];
    await import('${new URL('../../cli/main.ts', import.meta.url)}');
  `;
  const { spawnSync } = await import('node:child_process');
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...bareEnvironment(), ...service.environment },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([254, expect.stringContaining('(NOT_FOUND)')]);
});
