import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Signing {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly service?: string;
  readonly region?: string;
  readonly at?: Date;
}

/** A request signed as the AWS SDKs sign it, ready for `fetch`. */
export async function signedRequest(
  method: string,
  address: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
  signing: Signing = {},
): Promise<{ method: string; headers: Record<string, string>; body?: string }> {
  const { accessKeyId = 'platform', secretAccessKey = accessKeyId, sessionToken, service = 'execute-api' } = signing;
  const url = new URL(address);
  const signer = new SignatureV4({
    service,
    region: signing.region ?? 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
  });
  const query: Record<string, string | string[]> = {};
  for (const key of new Set(url.searchParams.keys())) query[key] = url.searchParams.getAll(key);
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: { host: url.host, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    },
    { signingDate: signing.at ?? new Date() },
  );
  const { host: _, ...sent } = signed.headers;
  return { method, headers: sent, ...(body !== undefined && { body }) };
}

/** A presigned URL: anyone who has it can send the request for `expiresIn` seconds. */
export async function presignedUrl(
  method: string,
  address: string,
  { expiresIn = 60, at = new Date(), accessKeyId = 'platform' } = {},
): Promise<string> {
  const url = new URL(address);
  const query: Record<string, string[]> = {};
  for (const key of new Set(url.searchParams.keys())) query[key] = url.searchParams.getAll(key);
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: accessKeyId },
    sha256: Sha256,
  });
  const signed = await signer.presign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: { host: url.host },
    },
    { expiresIn, signingDate: at },
  );
  for (const [name, value] of Object.entries(signed.query ?? {})) {
    url.searchParams.delete(name);
    for (const each of [value].flat()) if (each !== null) url.searchParams.append(name, each);
  }
  return url.href;
}
