import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { UsageError } from '../../infra/command-line.ts';
import { signedRequest } from '../contract/tenancy/sign.ts';

/** Somebody who calls the API. */
export interface Caller {
  /** What is before each path: nothing, or `/platform`. */
  readonly prefix: string;
  authorize(
    method: string,
    url: string,
    init: { readonly body?: string; readonly headers: Record<string, string> },
  ): Promise<Record<string, string>>;
}

export interface TenantCaller extends Caller {
  readonly tenant: string;
  /** Secret. */
  readonly token: () => Promise<string>;
}

/** So long before its end, a token is replaced. */
const MARGIN_MS = 60_000;

/**
 * A tenant, with the tokens that a command prints. The command runs again before its token expires.
 * @throws UsageError if the command fails, or prints no token of a tenant; it never shows the token
 */
export async function tenantBy(flag: string, command: string, claim: string): Promise<TenantCaller> {
  let current = await tokenOf(flag, command);
  const tenant = decodeJwt(current)[claim];
  if (typeof tenant !== 'string' || tenant === '') {
    throw new UsageError(`${flag} must print a token whose claim "${claim}" names its tenant (see --tenant-claim).`);
  }
  const token = async () => {
    const { exp = Number.POSITIVE_INFINITY } = decodeJwt(current);
    if (exp * 1000 - MARGIN_MS < Date.now()) current = await tokenOf(flag, command);
    return current;
  };
  return {
    prefix: '',
    tenant,
    token,
    authorize: async (_method, _url, { headers }) => ({ ...headers, authorization: `Bearer ${await token()}` }),
  };
}

async function tokenOf(flag: string, command: string): Promise<string> {
  const { stdout, code } = await promisify(execFile)('sh', ['-c', command], { timeout: 60_000 }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { code?: unknown }) => ({ stdout: '', code: error.code }),
  );
  if (code !== 0) throw new UsageError(`${flag}: the command ended with ${code}.`);
  const token = stdout.trim();
  try {
    decodeJwt(token);
  } catch {
    throw new UsageError(`${flag}: the command must print a JWT and nothing else.`);
  }
  return token;
}

/** A platform: signs with a session of the role. @throws the SDK's error if the role cannot be assumed */
export async function platformBy(sts: STSClient, role: string, runName: string): Promise<Caller> {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: runName }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('AssumeRole returned no credentials.');
  const region = await sts.config.region();
  const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, region };
  return {
    prefix: '/platform',
    authorize: async (method, url, init) => (await signedRequest(method, url, init, session)).headers,
  };
}

/** Nobody: sends what it is given. */
export const withHeaders = (given: Readonly<Record<string, string>>, prefix = ''): Caller => ({
  prefix,
  authorize: async (_method, _url, { headers }) => ({ ...headers, ...given }),
});
