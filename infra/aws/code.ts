import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { featuresOf } from './api-features.ts';
import type { StackConfig } from './config-schema.ts';
import { deploymentFiles, writeFiles } from './deployment-files.ts';
import type { FunctionName } from './function-names.ts';

/** The folder with the code of each function. */
export type FunctionFolders = Readonly<Record<FunctionName, { readonly folder: string }>>;

/**
 * The code of a function, with the files of its deployment beside it. The CDK copies an asset to its own output when the function is made, so
 * the folder that puts both together lasts as long as this process.
 */
export function codeOf(name: FunctionName, folders: FunctionFolders, config: StackConfig): Code {
  const { folder } = folders[name];
  const { accounts, audience, tenancy } = config;
  const deployed = { features: featuresOf(config), tenantPattern: tenancy.pattern, accounts, audience };
  const files = deploymentFiles(name, deployed);
  if (Object.keys(files).length === 0) return Code.fromAsset(folder);
  const together = mkdtempSync(join(temporaryFolder(), name));
  cpSync(folder, together, { recursive: true });
  writeFiles(together, files);
  return Code.fromAsset(together);
}

let temporary: string | undefined;

function temporaryFolder(): string {
  if (temporary === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'event-trackers-code-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    temporary = folder;
  }
  return temporary;
}
