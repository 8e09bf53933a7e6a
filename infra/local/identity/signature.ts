import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { APIGatewayEventRequestContextIAMAuthorizer } from 'aws-lambda';
import { ACCOUNT_ID, type Clock } from '../wire.ts';
import type { AccessKey } from './access-keys.ts';

/** A request as it was on the wire: nothing of it is decoded. */
export interface SignedRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  /** In lower case, each with all its values. */
  readonly headers: Readonly<NodeJS.Dict<string[]>>;
  readonly body: Buffer;
}

/** Who signed, as API Gateway tells a function (`requestContext.authorizer.iam`). */
export type Signer = APIGatewayEventRequestContextIAMAuthorizer['iam'];

export interface IamAuthorizer {
  verify(request: SignedRequest): Signer | 'forbidden';
}

/** How far a signature's time may be from ours, either way, in milliseconds. */
const MOST_SKEW_MS = 5 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request *, *SignedHeaders=([a-z0-9;_-]+) *, *Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();

/**
 * Checks the signature of a request (Signature Version 4, in the Authorization header) as API Gateway's IAM authorization does:
 * a known key, this Region and service, a time within five minutes, `host` and every `x-amz-` header signed, the body as it was
 * signed. Which roles may, is for the function to say.
 */
export function createIamAuthorizer(options: {
  readonly keys: readonly AccessKey[];
  readonly region: string;
  readonly service: string;
  readonly clock: Clock;
}): IamAuthorizer {
  return {
    verify(request) {
      const authorization = request.headers.authorization;
      const [, keyId, day = '', region, service, signedHeaders = '', signature = ''] =
        (authorization?.length === 1 && AUTHORIZATION.exec(authorization[0] ?? '')) || [];
      const key = options.keys.find(({ accessKeyId }) => accessKeyId === keyId);
      if (key === undefined || region !== options.region || service !== options.service) return 'forbidden';
      const date = soleValue(request, 'x-amz-date');
      const at = timeOf(date);
      if (at === undefined || !date.startsWith(day)) return 'forbidden';
      if (Math.abs(options.clock() - at) > MOST_SKEW_MS) return 'forbidden';
      const signed = signedHeaders.split(';');
      const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
      if (!mustBeSigned.every((name) => signed.includes(name))) return 'forbidden';
      const bodyHash = sha256(request.body);
      const declared = request.headers['x-amz-content-sha256'];
      if (declared !== undefined && declared.join() !== bodyHash) return 'forbidden';

      const scope = `${day}/${region}/${service}/aws4_request`;
      const canonical = sha256(canonicalRequest(request, signed, bodyHash));
      const expected = hmac(
        signingKey(key.secretAccessKey, day, region, service),
        ['AWS4-HMAC-SHA256', date, scope, canonical].join('\n'),
      );
      return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? signerOf(key) : 'forbidden';
    },
  };
}

function soleValue({ headers }: SignedRequest, name: string): string {
  const values = headers[name] ?? [];
  return values.length === 1 ? (values[0] ?? '') : '';
}

/** Milliseconds since the epoch of `20261124T003600Z`, or undefined where it is no such time. */
function timeOf(date: string): number | undefined {
  const [, year, month, day, hours, minutes, seconds] = AMZ_DATE.exec(date) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(at) ? undefined : at;
}

const signingKey = (secret: string, day: string, region: string, service: string): Buffer =>
  [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`, 'utf8'));

/** The text that is signed. The path is encoded once more than on the wire, as every service but S3 has it. */
function canonicalRequest(request: SignedRequest, signed: readonly string[], bodyHash: string): string {
  const headers = signed.map((name) => {
    const values = (request.headers[name] ?? []).map((value) => value.trim().replace(/[ \t]+/g, ' '));
    return `${name}:${values.join(',')}\n`;
  });
  return [
    request.method,
    encoded(request.rawPath).replaceAll('%2F', '/'),
    canonicalQuery(request.rawQuery),
    headers.join(''),
    signed.join(';'),
    bodyHash,
  ].join('\n');
}

function canonicalQuery(rawQuery: string): string {
  const pairs = rawQuery
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const mark = pair.indexOf('=');
      const parts = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)];
      return parts.map((part) => encoded(decoded(part)));
    });
  return pairs
    .sort(([name = '', value = ''], [other = '', otherValue = '']) =>
      name === other ? compare(value, otherValue) : compare(name, other),
    )
    .map((pair) => pair.join('='))
    .join('&');
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** RFC 3986: only letters, digits and - . _ ~ stay. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // Broken percent-encoding has no canonical form; as it stands, no signature fits.
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** A session of the role, named as the key. */
function signerOf({ accessKeyId, roleName }: AccessKey): Signer {
  const id = `AROALOCAL${roleName.toUpperCase()}:${accessKeyId}`;
  return {
    accessKey: accessKeyId,
    accountId: ACCOUNT_ID,
    callerId: id,
    cognitoIdentity: null,
    principalOrgId: 'o-local00000',
    userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${accessKeyId}`,
    userId: id,
  };
}
