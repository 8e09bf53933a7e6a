import { Agent, request } from 'node:http';
import * as z from 'zod';
import type { ApiAnswer, ApiCall } from '../../../console/protocol.ts';
import { mintToken, SCOPES } from '../identity/mint.ts';
import { BACKGROUND_HEADER } from './request-log.ts';

/** A call that a page asks for. `target` is a path: the host is always the API's. */
export const apiCall: z.ZodType<ApiCall> = z.strictObject({
  method: z.string().regex(/^[A-Z]{1,10}$/, 'must be an HTTP method in upper case'),
  target: z.string().regex(/^\/[\x21-\x7e]*$/, 'must begin with / and have no spaces or control characters'),
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/, 'must be the name of a header'),
      z.string().regex(/^[\x20-\x7e]{0,4096}$/, 'must be at most 4096 printable ASCII characters'),
    )
    .optional(),
  body: z.string().optional(),
  tenant: z.string().min(1).max(128).optional(),
  isBackground: z.boolean().optional(),
});

const TOKEN_SECONDS = 900;
/** Headers that belong to the connection, which the call does not choose. */
const NOT_SENT = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'upgrade']);

/**
 * Sends requests to the API's port, as a platform or as the tenant that the call names: with a token that lives 15 minutes and never leaves this process. A call that has an
 * Authorization header of its own keeps it. The request is like any other: the same port, authorizer and functions.
 * @param identity the folder of the issuer's key
 */
export function createApiCaller(identity: string, apiUrl: () => string) {
  const agent = new Agent({ keepAlive: true });
  /** By tenant; that of a platform has none. */
  const tokens = new Map<string | undefined, { readonly text: string; readonly until: number }>();

  async function authorization(tenant: string | undefined): Promise<string> {
    let token = tokens.get(tenant);
    if (token === undefined || Date.now() > token.until) {
      const text = await mintToken(identity, {
        ...(tenant === undefined
          ? { scopes: SCOPES }
          : { tenant, scopes: SCOPES.filter((each) => each !== 'platform') }),
        expiresInSeconds: TOKEN_SECONDS,
      });
      token = { text, until: Date.now() + (TOKEN_SECONDS / 2) * 1000 };
      tokens.set(tenant, token);
    }
    return `Bearer ${token.text}`;
  }

  return {
    async call({ method, target, headers = {}, body = '', tenant, isBackground = false }: ApiCall): Promise<ApiAnswer> {
      const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
      const sent: Record<string, string> = {
        'user-agent': 'event-trackers-console',
        authorization: await authorization(tenant),
        ...Object.fromEntries(given.filter(([name]) => !NOT_SENT.has(name))),
        ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
        ...(isBackground && { [BACKGROUND_HEADER]: 'yes' }),
      };
      const { hostname, port } = new URL(apiUrl());
      return new Promise((resolve, reject) => {
        const outgoing = request({ agent, hostname, port, method, path: target, headers: sent }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const { statusCode = 0, headersDistinct } = answer;
            const names = Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]);
            resolve({ status: statusCode, headers: Object.fromEntries(names), body: Buffer.concat(chunks).toString() });
          });
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
