import * as z from 'zod';
import type { WireAnswer } from '../wire.ts';

/** A response to the client. A header may occur more than once (`set-cookie`). */
export interface ApiAnswer extends Omit<WireAnswer, 'headers'> {
  readonly headers: Readonly<Record<string, string | string[]>>;
}

const structured = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Headers that API Gateway sets itself. */
const NOT_TAKEN = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Converts the result of a function to a response (payload format 2.0). A result without `statusCode` becomes the JSON body of a 200,
 * and a string becomes that body unchanged. Returns undefined for a malformed result, for which the client gets a 500.
 */
export function toAnswer(result: unknown): ApiAnswer | undefined {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null);
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const checked = structured.safeParse(result);
  if (!checked.success) return undefined;
  const { statusCode, headers: given, cookies, body, isBase64Encoded } = checked.data;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!NOT_TAKEN.has(name.toLowerCase())) headers[name.toLowerCase()] = String(value);
  }
  if (body) headers['content-type'] ??= 'text/plain;charset=UTF-8';
  if (cookies && cookies.length > 0) headers['set-cookie'] = cookies;
  return { status: statusCode, headers, body: isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? '') };
}
