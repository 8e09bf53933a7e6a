import type { WireRequest } from '../wire.ts';

/** What a request says about its signature. The local runtime does not verify it: any secret is right. */
export interface Credentials {
  readonly accessKeyId: string;
  /** The Region that the request is signed for; undefined if it is not signed. */
  readonly region: string | undefined;
  /** The signing name of the service. */
  readonly service: string | undefined;
  readonly sessionToken: string | undefined;
}

/** From the credential scope of Signature Version 4 (KEY/DATE/REGION/SERVICE/aws4_request), in the header or the query. */
export function credentialsIn({ headers, query }: Pick<WireRequest, 'headers' | 'query'>): Credentials {
  const credential =
    /(?:^|[\s,])Credential=([^\s,]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? '';
  const parts = credential.split('/');
  const token = headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined;
  return {
    accessKeyId: parts[0] ?? '',
    region: parts.at(-3) || undefined,
    service: parts.at(-2),
    sessionToken: token === undefined ? undefined : String(token),
  };
}
