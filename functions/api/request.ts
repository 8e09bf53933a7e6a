import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import * as z from 'zod/mini';
import { independentIssues, ruleText, typeRule } from '../../events/rule-texts.ts';
import { findAmbiguousJson, hasMoreValuesThan } from '../../input/json.ts';
import { isTrackerId } from '../tracker/identity.ts';
import { type FieldError, RequestRejected } from '../tracker/request-error.ts';

export type ApiEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

/** Larger than any valid request: 100 event trackers with 48 long tags each. API Gateway itself allows 10 MB. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** More than any valid request: 100 interactions with 1,024 characters of properties each. */
const MAX_VALUES = 100_000;
/** The maximum number of errors reported for one request. */
const MAX_ERRORS = 100;

const JSON_TYPE = 'application/json';
/** RFC 7396. Of PATCH only. */
export const MERGE_PATCH = 'application/merge-patch+json';

/**
 * The validated request body.
 * @param accepts its media type
 * @throws RequestRejected UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BODY_NOT_JSON, or INVALID_REQUEST with every invalid field
 */
export function parseBody<Schema extends z.core.$ZodType>(
  event: ApiEvent,
  schema: Schema,
  accepts = JSON_TYPE,
): z.output<Schema> {
  const contentType = event.headers['content-type'] ?? '';
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType !== accepts) throw unsupported('Content-Type', accepts);
  const contentEncoding = event.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (contentEncoding !== '' && contentEncoding !== 'identity') {
    throw unsupported('Content-Encoding', accepts);
  }
  const text = textOf(event);
  if (hasMoreValuesThan(MAX_VALUES, text)) {
    const errors = [{ field: '(body)', rule: `must have at most ${MAX_VALUES} names and values` }];
    throw new RequestRejected({ reason: 'INVALID_REQUEST', errors });
  }
  const value = parseJson(text);
  const ambiguities = findAmbiguousJson(text);
  const parsed = ambiguities.some(({ field }) => field === '(body)') ? undefined : z.safeParse(schema, value, REPORTED);
  if (ambiguities.length === 0 && parsed?.success) return parsed.data;
  const errors = [...ambiguities, ...(parsed?.error ? independentIssues(parsed.error).flatMap(fieldErrors) : [])];
  // Both checks may report the same error.
  const once = new Map(errors.map((error) => [`${error.field} ${error.rule}`, error]));
  throw new RequestRejected({ reason: 'INVALID_REQUEST', errors: [...once.values()].slice(0, MAX_ERRORS) });
}

const unsupported = (field: 'Content-Type' | 'Content-Encoding', accepts: string) =>
  new RequestRejected({ reason: 'UNSUPPORTED_MEDIA_TYPE', field, accepts });

function textOf({ body: given, isBase64Encoded }: ApiEvent): string {
  // API Gateway omits a body that is absent, but test events and other proxies write null.
  const body = given ?? '';
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > BODY_LIMIT) throw new RequestRejected({ reason: 'BODY_TOO_LARGE', limit: BODY_LIMIT });
  // API Gateway replaces invalid UTF-8 in a text body with U+FFFD.
  if (isBase64Encoded ? !isUtf8(bytes) : body.includes('\ufffd')) throw notJson('is not valid UTF-8');
  return bytes.toString('utf8');
}

/** The validated query. API Gateway joins repeated parameters with commas. */
export const parseQuery = <Schema extends z.core.$ZodType>(event: ApiEvent, schema: Schema): z.output<Schema> =>
  validated(schema, ownParameters(event));

/** The signature parameters of a presigned URL, which API Gateway has verified. */
const SIGNATURE_PARAMETER = /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)$/;

function ownParameters({ queryStringParameters, requestContext: { authorizer } }: ApiEvent) {
  const isSigned = authorizer !== undefined && 'iam' in authorizer;
  const given = Object.entries(queryStringParameters ?? {});
  return Object.fromEntries(isSigned ? given.filter(([name]) => !SIGNATURE_PARAMETER.test(name)) : given);
}

/** Like `parseBody`, for requests whose body is optional. */
export const parseOptionalBody = <Schema extends z.core.$ZodType>(event: ApiEvent, schema: Schema): z.output<Schema> =>
  event.body ? parseBody(event, schema) : validated(schema, {});

/** Lets `fieldErrors` tell a missing value from one of the wrong type. No response contains the input. */
const REPORTED = { reportInput: true, error: ruleText } as const;

export function validated<Schema extends z.core.$ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = z.safeParse(schema, value, REPORTED);
  if (parsed.success) return parsed.data;
  const errors = independentIssues(parsed.error).flatMap(fieldErrors).slice(0, MAX_ERRORS);
  throw new RequestRejected({ reason: 'INVALID_REQUEST', errors });
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw notJson('is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notJson('is not valid JSON');
  }
}

const notJson = (but: string) =>
  new RequestRejected({
    reason: 'BODY_NOT_JSON',
    errors: [{ field: '(body)', rule: `must be a JSON object in UTF-8, but ${but}` }],
  });

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, key]),
      rule: 'is not recognized',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && issue.path.length > 0;
  return [{ field: fieldPath(issue.path), rule: missing ? 'is required' : ruleOf(issue) }];
}

function ruleOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? typeRule(issue.expected) : issue.message;
}

/** A path such as `tags[3].tagKey`, cut off because names from the caller may be long. */
function fieldPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(body)';
  const text = path.reduce<string>(
    (so, step) => (typeof step === 'number' ? `${so}[${step}]` : `${so}${so && '.'}${nameIn(step)}`),
    '',
  );
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** An empty name would leave nothing to read. */
const nameIn = (step: PropertyKey): string => String(step) || '""';

/**
 * The tracker id in the path. Other keys are rejected: the table also holds items that are not event trackers.
 * @throws RequestRejected NOT_FOUND
 */
export function trackerIdIn(event: ApiEvent): string {
  const trackerId = event.pathParameters?.trackerId ?? '';
  if (!isTrackerId(trackerId)) throw new RequestRejected({ reason: 'NOT_FOUND' });
  return trackerId;
}

/** Version ff and ids that consist of zeros are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context of the request, if it has a valid one. */
export function traceparentOf({ headers: { traceparent } }: Pick<ApiEvent, 'headers'>): string | undefined {
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined;
}
