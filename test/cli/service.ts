import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type DatasetGroups, datasetGroupsOf } from '../e2e/api/dataset-groups.ts';
import { call, type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import type { Ended } from './binary.ts';
import { inProcess } from './in-process.ts';

/** A running service, and the environment that configures the command line for it. */
export interface Service {
  readonly runtime: LocalRuntime;
  readonly groups: DatasetGroups;
  readonly token: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command line against the service, in this process. */
  run(args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Creates a dataset group and an ACTIVE tracker with the same name and the tag team=web. */
  active(group: string): Promise<void>;
  end(): Promise<void>;
}

export async function startService(): Promise<Service> {
  const runtime = await startLocalRuntime();
  const groups = await datasetGroupsOf(runtime);
  const token = await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt']);
  const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
  return {
    runtime,
    groups,
    token,
    environment,
    run: (args, more = {}) => inProcess(args, { ...environment, ...more }),
    async active(group) {
      const tags = [{ tagKey: 'team', tagValue: 'web' }];
      const body = { name: group, datasetGroupArn: await groups.make(group), tags };
      const { headers } = await call(runtime, 'POST', '/event-trackers', { token, body });
      const held = { token, headers: { prefer: 'wait=20' } };
      expect((await call(runtime, 'GET', headers.get('location') ?? '', held)).body.status).toBe('ACTIVE');
    },
    async end() {
      groups.personalize.destroy();
      await runtime.end('SIGKILL');
    },
  };
}

export const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-cli-'));
/** Writes a new file. @returns its path */
export function fileOf(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
