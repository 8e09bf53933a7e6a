import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { Features } from '../../functions/api/features.ts';
import { EXAMPLE_ACCOUNT } from '../../functions/api/openapi.ts';
import { openApiJson } from '../../functions/api/openapi-document.ts';
import { exampleRequests } from '../../functions/api/openapi-examples.ts';
import type { AccountSettings } from '../../functions/tracker/accounts.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import type { FunctionName } from './function-names.ts';

/** What of a deployment is in files beside the code of its functions. */
export interface Deployed {
  readonly features: Features;
  readonly tenantPattern: string;
  readonly accounts: AccountSettings;
  /** The accepted client IDs. */
  readonly audience: readonly string[];
}

/** The setting `accounts`: an environment holds 4 KB, and a function fails if the file is missing. */
export const ACCOUNTS_FILE = 'accounts.json';
/** The accepted client IDs, for the authorizer. */
export const AUDIENCE_FILE = 'audience.json';
/** The OpenAPI document, compressed: its JSON is a third of a bundle. */
export const OPENAPI_FILE = 'openapi.json.br';

type Files = Readonly<Record<string, string | Buffer>>;

/** The files that a function needs beside its code, which is the same in all deployments. */
export function deploymentFiles(name: FunctionName, { accounts, audience, ...documented }: Deployed): Files {
  return {
    ...(Object.keys(accounts).length > 0 && { [ACCOUNTS_FILE]: JSON.stringify(accounts) }),
    ...(name === 'api-authorizer' && { [AUDIENCE_FILE]: JSON.stringify(audience) }),
    ...(name === 'api-read' && { [OPENAPI_FILE]: openApiFile({ ...documented, accounts }) }),
  };
}

export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** Partition, Region, and the id in the examples, which is made of an ARN, are known in the function only. */
function openApiFile({ features, tenantPattern, accounts }: Omit<Deployed, 'audience'>): Buffer {
  const scope = {
    partition: '__partition__',
    region: '__region__',
    accountId: EXAMPLE_ACCOUNT,
    tenantPattern,
    otherAccounts: Object.keys(accounts).length > 0,
  };
  const { datasetGroupArn } = exampleRequests(scope).create;
  const document = openApiJson(scope, features).replaceAll(trackerIdOf(datasetGroupArn), '__tracker__');
  return brotliCompressSync(JSON.stringify({ datasetGroupArn, document }));
}
