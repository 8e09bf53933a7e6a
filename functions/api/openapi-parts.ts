import type * as z from 'zod';
import type { Features } from './features.ts';
import type { Answer, AnswerHeader, HeaderParameter } from './openapi-operations.ts';
import { type JsonSchema, jsonSchemaOf, schemaRef } from './openapi-schemas.ts';
import { type Problem, problemBody } from './problem.ts';
import type { Route } from './routes.ts';
import { MAX_PAGE_SIZE } from './schemas.ts';

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface OpenApiHeader {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, OpenApiHeader>>;
  readonly content?: Readonly<
    Record<
      string,
      { readonly schema: JsonSchema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
    >
  >;
}

const string: JsonSchema = { type: 'string' };
const seconds: JsonSchema = { type: 'integer', minimum: 0 };

/** The headers that requests may carry, by name. */
export const headerParameters = ({
  preferWaitSeconds,
}: Features): Readonly<Record<HeaderParameter, OpenApiParameter>> => ({
  Prefer: headerParameter(
    'Prefer',
    `\`wait=N\` holds the answer until there is an outcome, for N seconds at most (${preferWaitSeconds} at most)`,
  ),
  'If-None-Match': headerParameter('If-None-Match', 'ETags that the caller has: 304 if one of them is still right'),
  'If-Match': headerParameter('If-Match', 'The ETag that the caller saw: 412 if it is another by now'),
  'Idempotency-Key': headerParameter(
    'Idempotency-Key',
    'A key of the caller, at most 255 printable ASCII characters: for a day, the same request under it makes nothing twice',
  ),
  traceparent: headerParameter('traceparent', 'W3C trace context, handed on to the event'),
});

function headerParameter(name: string, description: string): OpenApiParameter {
  return { name, in: 'header', required: false, description, schema: string };
}

/** The headers of answers, by name. */
const ANSWER_HEADERS: Readonly<
  Record<AnswerHeader | 'WWW-Authenticate' | 'Allow' | 'Accept' | 'Accept-Encoding', OpenApiHeader>
> = {
  Location: { description: 'Where the event tracker can be looked at', schema: string },
  'Retry-After': { description: 'When it is worth asking again, in whole seconds', schema: seconds },
  ETag: { description: 'A hash of this representation', schema: string },
  'Preference-Applied': { description: 'The wait that was applied, as `wait=N`', schema: string },
  'Idempotency-Replayed': { description: '`true` where the Idempotency-Key was used before', schema: string },
  Link: { description: 'The next page (`rel="next"`), or what is there already (`rel="describedby"`)', schema: string },
  'Cache-Control': { description: 'What caches may do with it', schema: string },
  'WWW-Authenticate': {
    description:
      '`Bearer` without a token; `Bearer scope="" error="invalid_token" error_description="…"` of one that is not valid (RFC 6750)',
    schema: string,
  },
  Allow: { description: 'The methods that the resource knows', schema: string },
  Accept: { description: 'The media type that is taken', schema: string },
  'Accept-Encoding': { description: 'The content coding that is taken', schema: string },
};

/** The parameters of a query, from the schema that validates it. On the wire all are text; what they mean is told here. */
export function queryParameters(query: z.ZodObject): OpenApiParameter[] {
  const { properties = {} } = jsonSchemaOf(query) as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(typeof description === 'string' && { description }),
    schema: meant(name, schema),
  }));
}

function meant(name: string, schema: JsonSchema): JsonSchema {
  if (name === 'maxResults') return { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: MAX_PAGE_SIZE };
  const { enum: values } = schema;
  const isFlag = Array.isArray(values) && values.length === 2 && values.includes('true') && values.includes('false');
  return isFlag ? { type: 'boolean', default: false } : schema;
}

type Authorizer = Route['authorizer'];

/** What API Gateway answers itself, by status: at which of its authorizers, and whether only where there is a body. */
const FROM_API_GATEWAY: Readonly<
  Record<number, { readonly message: string; readonly at: readonly Authorizer[]; readonly ofBody?: true }>
> = {
  400: { message: 'Bad Request', at: ['jwt', 'iam'] },
  401: { message: 'Unauthorized', at: ['jwt'] },
  403: { message: 'Forbidden', at: ['jwt', 'iam'] },
  413: { message: 'Request Entity Too Large', at: ['jwt', 'iam', 'none'], ofBody: true },
  429: { message: 'Too Many Requests', at: ['jwt', 'iam', 'none'] },
  500: { message: 'Internal Server Error', at: ['jwt', 'iam', 'none'] },
  503: { message: 'Service Unavailable', at: ['jwt', 'iam', 'none'] },
};

/** Every answer that an operation may give, by status: its own, its problems, and what API Gateway answers before it. */
export function responsesOf(operation: {
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly Problem[];
  readonly authorizer: Authorizer;
  readonly hasBody: boolean;
}): Record<string, OpenApiResponse> {
  const { answers, problems, authorizer, hasBody } = operation;
  const gateway = Object.entries(FROM_API_GATEWAY).filter(
    ([, { at, ofBody = false }]) => at.includes(authorizer) && (hasBody || !ofBody),
  );
  const statuses = new Set([...Object.keys(answers), ...problems.map(({ status }) => String(status))]);
  for (const [status] of gateway) statuses.add(status);
  const entries = [...statuses].sort().map((status): [string, OpenApiResponse] => [
    status,
    responseOf({
      answer: answers[Number(status)],
      problems: problems.filter((problem) => String(problem.status) === status),
      message: gateway.find(([of]) => of === status)?.[1].message,
    }),
  ]);
  return Object.fromEntries(entries);
}

function responseOf(parts: {
  readonly answer: Answer | undefined;
  readonly problems: readonly Problem[];
  readonly message: string | undefined;
}): OpenApiResponse {
  const { answer, problems, message } = parts;
  const titles = new Set(problems.map(({ title }) => title));
  const headers = new Set<string>(answer?.headers ?? []);
  for (const problem of problems) for (const name of Object.keys(problem.headers ?? {})) headers.add(name);
  if (message === 'Unauthorized') headers.add('www-authenticate');
  const json = [
    ...(answer?.schemas ?? []).map((name) => schemaRef(name)),
    ...(message === undefined ? [] : [schemaRef('ApiGatewayError')]),
  ];
  const [only] = json;
  const jsonExamples = { ...answer?.examples, ...(message !== undefined && { apiGateway: { message } }) };
  const content = {
    ...(only && {
      'application/json': { schema: json.length === 1 ? only : { anyOf: json }, ...examplesOf(jsonExamples) },
    }),
    ...Object.fromEntries((answer?.texts ?? []).map((type) => [type, { schema: string }])),
    ...(problems.length > 0 && {
      'application/problem+json': {
        schema: schemaRef('Problem'),
        ...examplesOf(
          Object.fromEntries(problems.map((problem) => [problem.reason, problemBody(problem, 'Wm3uXhW1oAMEJ5A=')])),
        ),
      },
    }),
  };
  return {
    description:
      answer?.description ?? [...titles, ...(message === undefined ? [] : [`${message} (API Gateway)`])].join('; or: '),
    ...(headers.size > 0 && { headers: headersOf([...headers]) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

const examplesOf = (examples: Readonly<Record<string, unknown>>) =>
  Object.keys(examples).length === 0
    ? {}
    : { examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }])) };

/** HTTP's names are of any case: told by ours. */
function headersOf(names: readonly string[]): Record<string, OpenApiHeader> {
  const known = Object.entries(ANSWER_HEADERS);
  return Object.fromEntries(
    names.map((name) => {
      const header = known.find(([ours]) => ours.toLowerCase() === name.toLowerCase());
      if (header === undefined) throw new Error(`The header ${name} of an answer is not described.`);
      return header;
    }),
  );
}
