import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { APIGatewayEventRequestContextIAMAuthorizer } from 'aws-lambda';
import { ACCOUNT_ID, type Clock } from '../wire.ts';
import type { AccessKey } from './access-keys.ts';

/** A request as received, without any decoding. */
export interface SignedRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names in lower case, with all values. */
  readonly headers: Readonly<NodeJS.Dict<string[]>>;
  readonly body: Buffer;
}

/** The caller who signed, as API Gateway passes it to a function (`requestContext.authorizer.iam`). */
export type Signer = APIGatewayEventRequestContextIAMAuthorizer['iam'];

/** The temporary credentials of a role of this account, if the session exists and has not expired. */
export type SessionOf = (accessKeyId: string, sessionToken: string | undefined) => AccessKey | undefined;

export interface IamAuthorizer {
  verify(request: SignedRequest): Promise<Signer | 'forbidden'>;
}

/** The maximum clock skew of a signature, in milliseconds. */
const MAX_SKEW_MS = 5 * 60_000;
/** The maximum validity of a presigned URL in seconds: seven days. */
const MAX_EXPIRES = 7 * 86_400;
const CREDENTIAL = /^([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request$/;
const AUTHORIZATION = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+) *, *SignedHeaders=([a-z0-9;_-]+) *, *Signature=(\w+)$/;
const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
/** The parameters of a presigned URL that the signer adds itself. */
const PRESIGNED = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].map(
  (name) => `X-Amz-${name}`,
);

/** The signature parameters of a request. */
interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  /** The validity of a presigned URL, in seconds. */
  readonly expiresIn?: number;
}

/**
 * Verifies the signature of a request (SigV4, in the Authorization header or in the query) like API Gateway's IAM authorization. It
 * checks the key, the Region, the service, the time (five minutes, or the validity of a presigned URL), that `host` and all `x-amz-`
 * headers are signed, and the body. To do so, it signs the request again with the AWS SDK's signer and compares the signatures. The
 * function decides which roles have access.
 */
export function createIamAuthorizer(options: {
  readonly keys: readonly AccessKey[];
  readonly sessionOf?: SessionOf;
  readonly region: string;
  readonly service: string;
  readonly clock: Clock;
}): IamAuthorizer {
  return {
    async verify(request) {
      const claim = claimIn(request);
      if (claim === undefined) return 'forbidden';
      const [, keyId, day = '', region, service] = CREDENTIAL.exec(claim.credential) ?? [];
      const key =
        options.keys.find(({ accessKeyId }) => accessKeyId === keyId) ??
        options.sessionOf?.(keyId ?? '', sessionTokenIn(request));
      if (key === undefined || region !== options.region || service !== options.service) return 'forbidden';
      const at = timeOf(claim.date);
      if (at === undefined || !claim.date.startsWith(day)) return 'forbidden';
      const age = options.clock() - at;
      const validMs = claim.expiresIn === undefined ? MAX_SKEW_MS : claim.expiresIn * 1000;
      if (age < -MAX_SKEW_MS || age > validMs) return 'forbidden';
      const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
      if (!mustBeSigned.every((name) => claim.signedHeaders.includes(name))) return 'forbidden';
      const declared = request.headers['x-amz-content-sha256'];
      if (declared !== undefined && declared.join() !== createHash('sha256').update(request.body).digest('hex')) {
        return 'forbidden';
      }
      const expected = await signatureOf(request, claim, { ...options, key, at });
      return isEqual(claim.signature, expected) ? signerOf(key) : 'forbidden';
    },
  };
}

/** The parameters; undefined if there is no signature, a malformed one, or one both in the header and in the query. */
function claimIn({ headers, rawQuery }: SignedRequest): Claim | undefined {
  const query = new URLSearchParams(rawQuery);
  const isPresigned = PRESIGNED.some((name) => query.has(name));
  if (headers.authorization === undefined) return isPresigned ? presignedClaim(query) : undefined;
  const [, credential, signedHeaders, signature] = AUTHORIZATION.exec(sole(headers.authorization)) ?? [];
  if (isPresigned || credential === undefined || signedHeaders === undefined || signature === undefined)
    return undefined;
  return { credential, signedHeaders: signedHeaders.split(';'), signature, date: sole(headers['x-amz-date']) };
}

function presignedClaim(query: URLSearchParams): Claim | undefined {
  const [algorithm, credential = '', date = '', expires = '', signedHeaders = '', signature = ''] = PRESIGNED.map(
    (name) => sole(query.getAll(name)),
  );
  const expiresIn = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (algorithm !== 'AWS4-HMAC-SHA256' || expiresIn < 1 || expiresIn > MAX_EXPIRES) return undefined;
  return { credential, date, expiresIn, signedHeaders: signedHeaders.split(';'), signature };
}

const sessionTokenIn = ({ headers, rawQuery }: SignedRequest): string | undefined =>
  headers['x-amz-security-token']?.join() ?? new URLSearchParams(rawQuery).get('X-Amz-Security-Token') ?? undefined;

const sole = (values: readonly string[] = []): string => (values.length === 1 ? (values[0] ?? '') : '');

/** Milliseconds since the epoch for a time such as `20261124T003600Z`; undefined if invalid. */
function timeOf(date: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds] = AMZ_DATE.exec(date) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** The correct signature of the request for this key and time. */
async function signatureOf(
  request: SignedRequest,
  { signedHeaders, expiresIn }: Claim,
  {
    key: { accessKeyId, secretAccessKey },
    region,
    service,
    at,
  }: { key: AccessKey; region: string; service: string; at: number },
): Promise<string> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  });
  const headers = signedHeaders.map((name) => [name, request.headers[name]?.join(',')] as const);
  const unsigned = {
    method: request.method,
    protocol: 'http:',
    hostname: '',
    path: request.rawPath,
    query: queryOf(request.rawQuery, expiresIn === undefined ? [] : PRESIGNED),
    headers: Object.fromEntries(headers.filter((header): header is [string, string] => header[1] !== undefined)),
    body: request.body,
  };
  const names = new Set(signedHeaders);
  const given = { signingDate: new Date(at), signableHeaders: names };
  if (expiresIn === undefined) {
    const signed = await signer.sign(unsigned, given);
    return /Signature=(\w+)$/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
  }
  const signed = await signer.presign(unsigned, { ...given, expiresIn, unhoistableHeaders: names });
  return String(signed.query?.['X-Amz-Signature']);
}

/** The decoded query for the signer. A space can be `+` or `%20` in the request, and is signed as `%20`. */
function queryOf(rawQuery: string, without: readonly string[]): Record<string, string[]> {
  const query = new URLSearchParams(rawQuery);
  const names = [...new Set(query.keys())].filter((name) => !without.includes(name));
  return Object.fromEntries(names.map((name) => [name, query.getAll(name)]));
}

function isEqual(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

/** A session of the role. */
export function signerOf({ accessKeyId, roleName, sessionName = accessKeyId }: AccessKey): Signer {
  const id = `AROALOCAL${roleName.toUpperCase()}:${sessionName}`;
  return {
    accessKey: accessKeyId,
    accountId: ACCOUNT_ID,
    callerId: id,
    cognitoIdentity: null,
    principalOrgId: 'o-local00000',
    userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${sessionName}`,
    userId: id,
  };
}
