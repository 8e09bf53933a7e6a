import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateSchemaCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { permissionPolicy, trustPolicy } from '../../infra/accounts/policies.ts';
import { makeDatasetGroup } from './aws-operations.ts';
import { newDataFolder } from './local-runtime.ts';

/** The setting of a local runtime with two other accounts: one of acme in two Regions, and one of umbrella. */
export const ACCOUNTS = {
  '210987654321': {
    roleArn: 'arn:aws:iam::210987654321:role/event-trackers',
    externalId: 'local:acme',
    regions: ['us-east-1', 'eu-west-1'],
    tenants: ['acme'],
  },
  '345678901234': {
    roleArn: 'arn:aws:iam::345678901234:role/partners/event-trackers',
    externalId: 'local:umbrella',
    regions: ['eu-west-1'],
    tenants: ['umbrella'],
  },
};
export type OtherAccount = keyof typeof ACCOUNTS;

/** A file with the setting, for `--accounts`. */
export function accountsFile(accounts: object = ACCOUNTS): string {
  const file = join(newDataFolder(), 'accounts.json');
  writeFileSync(file, JSON.stringify(accounts));
  return file;
}

type Aws = { readonly awsUrl: string };

/** Calls an operation of IAM or STS in an account, as the AWS CLI does. @returns the status and the XML */
export async function queryAws(
  { awsUrl }: Aws,
  { service = 'iam', accessKeyId, token }: { service?: 'iam' | 'sts'; accessKeyId: string; token?: string },
  form: Readonly<Record<string, string>>,
) {
  const credential = `${accessKeyId}/20261129/us-east-1/${service}/aws4_request`;
  const response = await fetch(awsUrl, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      ...(token !== undefined && { 'x-amz-security-token': token }),
    },
    body: new URLSearchParams(form),
  });
  return { status: response.status, xml: await response.text() };
}

async function iam(runtime: Aws, accountId: string, form: Readonly<Record<string, string>>): Promise<void> {
  const { status, xml } = await queryAws(runtime, { accessKeyId: accountId }, form);
  if (status !== 200) throw new Error(`${form.Action} answered ${status}: ${xml}`);
}

const nameOf = (accountId: OtherAccount) => ACCOUNTS[accountId].roleArn.split('/').at(-1) ?? '';

/** Creates the role of an account with the policies that `npm run accounts:policy` prints. */
export async function makeRole(runtime: Aws, accountId: OtherAccount, stage = 'local'): Promise<void> {
  const account = ACCOUNTS[accountId];
  const sharing = { accountId, account, homeAccountId: '123456789012', stage, events: true, destroyAdopted: false };
  const RoleName = nameOf(accountId);
  const Path = account.roleArn.slice(account.roleArn.indexOf('/'), account.roleArn.lastIndexOf('/') + 1);
  const AssumeRolePolicyDocument = JSON.stringify(trustPolicy(sharing));
  await iam(runtime, accountId, { Action: 'CreateRole', RoleName, Path, AssumeRolePolicyDocument });
  const PolicyDocument = JSON.stringify(permissionPolicy(sharing));
  await iam(runtime, accountId, { Action: 'PutRolePolicy', RoleName, PolicyName: 'personalize', PolicyDocument });
}

export async function deleteRole(runtime: Aws, accountId: OtherAccount): Promise<void> {
  const RoleName = nameOf(accountId);
  await iam(runtime, accountId, { Action: 'DeleteRolePolicy', RoleName, PolicyName: 'personalize' });
  await iam(runtime, accountId, { Action: 'DeleteRole', RoleName });
}

/** Replaces the external id that the role's trust policy requires. */
export async function changeExternalId(runtime: Aws, accountId: OtherAccount, externalId: string): Promise<void> {
  const account = { ...ACCOUNTS[accountId], externalId };
  const sharing = {
    accountId,
    account,
    homeAccountId: '123456789012',
    stage: 'local',
    events: true,
    destroyAdopted: false,
  };
  const PolicyDocument = JSON.stringify(trustPolicy(sharing));
  await iam(runtime, accountId, { Action: 'UpdateAssumeRolePolicy', RoleName: nameOf(accountId), PolicyDocument });
}

/** A client of the account's owner, with a schema for its dataset groups. */
export async function ownerOf({ awsUrl }: Aws, accountId: string, region: string) {
  const personalize = new PersonalizeClient({
    endpoint: awsUrl,
    region,
    credentials: { accessKeyId: accountId, secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const schema = JSON.stringify({
    type: 'record',
    name: 'Interactions',
    fields: [{ name: 'USER_ID', type: 'string' }],
  });
  await personalize.send(new CreateSchemaCommand({ name: 'interactions', schema }));
  return { personalize, make: (name: string) => makeDatasetGroup(personalize, name) };
}
