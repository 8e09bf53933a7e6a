import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type * as z from 'zod';
import { isTrackerId } from '../tracker/identity.ts';
import { type FieldError, RequestRefused } from '../tracker/refusals.ts';

export type ApiEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

/** Larger than any request that could be right: 100 trackers of 49 long tags. API Gateway itself takes 10 MB. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * The request's body, validated.
 * @throws RequestRefused UNSUPPORTED_MEDIA_TYPE, BODY_NOT_JSON, or INVALID_REQUEST with every field that breaks a rule
 */
export function parseBody<Schema extends z.ZodType>(event: ApiEvent, schema: Schema): z.output<Schema> {
  const contentType = event.headers['content-type'] ?? '';
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType !== 'application/json') throw new RequestRefused({ reason: 'UNSUPPORTED_MEDIA_TYPE', mediaType });
  if ((event.body?.length ?? 0) > BODY_LIMIT) throw new RequestRefused({ reason: 'BODY_TOO_LARGE', limit: BODY_LIMIT });
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  return validated(schema, parseJson(text));
}

/** The request's query, validated. Repeated keys come joined by comma, as API Gateway joins them. */
export const parseQuery = <Schema extends z.ZodType>(event: ApiEvent, schema: Schema): z.output<Schema> =>
  validated(schema, event.queryStringParameters ?? {});

/** As `parseBody`, for a request that needs no body. */
export const parseOptionalBody = <Schema extends z.ZodType>(event: ApiEvent, schema: Schema): z.output<Schema> =>
  event.body ? parseBody(event, schema) : validated(schema, {});

export function validated<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RequestRefused({ reason: 'INVALID_REQUEST', errors: parsed.error.issues.flatMap(fieldErrors) });
}

function parseJson(text: string): unknown {
  if (text.trim() === '') {
    throw new RequestRefused({
      reason: 'BODY_NOT_JSON',
      errors: [{ field: '(body)', rule: 'must be a JSON object, and is empty' }],
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestRefused({
      reason: 'BODY_NOT_JSON',
      errors: [{ field: '(body)', rule: 'must be a JSON object, and is not valid JSON' }],
    });
  }
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, key]),
      rule: 'is not known here',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && issue.path.length > 0;
  return [{ field: fieldPath(issue.path), rule: missing ? 'is required' : ruleOf(issue) }];
}

function ruleOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `must be ${article(issue.expected)}` : issue.message;
}

const article = (expected: string): string => (/^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`);

/** `tags[3].tagKey`; names from the caller are cut, they may be long. */
function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(body)';
  const text = path.reduce<string>(
    (so, step) => (typeof step === 'number' ? `${so}[${step}]` : so === '' ? String(step) : `${so}.${String(step)}`),
    '',
  );
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/**
 * The id in the path. What does not have the form of one names nothing here: the table's other items are no trackers.
 * @throws RequestRefused NOT_FOUND
 */
export function trackerIdIn(event: ApiEvent): string {
  const trackerId = event.pathParameters?.trackerId ?? '';
  if (!isTrackerId(trackerId)) throw new RequestRefused({ reason: 'NOT_FOUND' });
  return trackerId;
}

/** A W3C trace context, or nothing where the header is none. */
export function traceparentOf(event: ApiEvent): string | undefined {
  const traceparent = event.headers.traceparent;
  return traceparent && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? traceparent
    : undefined;
}
