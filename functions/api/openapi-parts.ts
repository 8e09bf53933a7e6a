import type * as z from 'zod';
import type { Features } from './features.ts';
import type { Answer, AnswerHeader, HeaderParameter } from './openapi-operations.ts';
import { type JsonSchema, jsonSchemaOf, schemaRef } from './openapi-schemas.ts';
import { type Problem, problemBody } from './problem.ts';
import { MAX_PAGE_SIZE } from './queries.ts';
import type { Route } from './routes.ts';

export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly style?: 'form';
  readonly explode?: boolean;
}

interface OpenApiHeader {
  readonly description: string;
  readonly schema: JsonSchema;
}

const string: JsonSchema = { type: 'string' };
const seconds: JsonSchema = { type: 'integer', minimum: 0 };

export const headerParameters = ({
  preferWaitSeconds,
}: Features): Readonly<Record<HeaderParameter, OpenApiParameter>> => ({
  Prefer: headerParameter(
    'Prefer',
    `\`wait=N\`: wait up to N seconds for the outcome before answering (at most ${preferWaitSeconds} seconds)`,
  ),
  'If-None-Match': headerParameter('If-None-Match', 'ETags that the caller has: 304 if one of them is current'),
  'If-Match': headerParameter('If-Match', 'ETags of which one must be current: otherwise 412, and nothing changes'),
  'Idempotency-Key': headerParameter(
    'Idempotency-Key',
    'A unique key of the request, at most 255 printable ASCII characters. For 24 hours, a repetition with the same key creates nothing new',
  ),
  traceparent: headerParameter('traceparent', 'W3C trace context, passed on to the event and the logs'),
});

function headerParameter(name: string, description: string): OpenApiParameter {
  return { name, in: 'header', required: false, description, schema: string };
}

const ANSWER_HEADERS: Readonly<
  Record<AnswerHeader | 'WWW-Authenticate' | 'Allow' | 'Accept' | 'Accept-Patch' | 'Accept-Encoding', OpenApiHeader>
> = {
  Location: { description: 'The path of the event tracker or operation', schema: string },
  'Retry-After': { description: 'Seconds to wait before the next request', schema: seconds },
  ETag: { description: 'A hash of this representation', schema: string },
  'Preference-Applied': { description: 'The applied wait, as `wait=N`', schema: string },
  'Idempotency-Replayed': { description: '`true` if the Idempotency-Key was used before', schema: string },
  Link: {
    description: 'The next page (`rel="next"`) or the existing event tracker (`rel="describedby"`)',
    schema: string,
  },
  'Cache-Control': { description: 'Cache directives', schema: string },
  'WWW-Authenticate': {
    description:
      '`Bearer` if there is no token; `Bearer scope="" error="invalid_token" error_description="…"` if it is invalid (RFC 6750)',
    schema: string,
  },
  Allow: { description: 'The allowed methods', schema: string },
  Accept: { description: 'The supported media type', schema: string },
  'Accept-Patch': { description: 'The supported media type', schema: string },
  'Accept-Encoding': { description: 'The supported content coding', schema: string },
};

/** The parameters of a query, from the schema that validates it: strings on the wire, here with their intended types. */
export function queryParameters(query: z.core.$ZodObject): OpenApiParameter[] {
  const { properties = {} } = jsonSchemaOf(query) as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(typeof description === 'string' && { description }),
    schema: intendedType(name, schema),
    // With commas, not repeated: many signers of requests keep only one value of each parameter.
    ...('items' in schema && { style: 'form', explode: false }),
  }));
}

function intendedType(name: string, schema: JsonSchema): JsonSchema {
  if (name === 'maxResults') return { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: MAX_PAGE_SIZE };
  // On the wire a list is a text with commas.
  if ('items' in schema) return { ...schema, type: 'array', minItems: 1 };
  const { enum: values } = schema;
  const isFlag = Array.isArray(values) && values.length === 2 && values.includes('true') && values.includes('false');
  return isFlag ? { type: 'boolean', default: false } : schema;
}

type Authorizer = Route['authorizer'];

/** The errors of API Gateway itself, by status: with which authorizers, and whether only for requests with a body. */
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

/** All responses of an operation, by status: its own, its problems, and the errors of API Gateway. */
export function responsesOf(operation: {
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly Problem[];
  readonly authorizer: Authorizer;
  readonly hasBody: boolean;
}) {
  const { answers, problems, authorizer, hasBody } = operation;
  const gateway = Object.entries(FROM_API_GATEWAY).filter(
    ([, { at, ofBody = false }]) => at.includes(authorizer) && (hasBody || !ofBody),
  );
  const statuses = new Set([
    ...Object.keys(answers),
    ...problems.map(({ status }) => String(status)),
    ...gateway.map(([status]) => status),
  ]);
  return Object.fromEntries(
    [...statuses].sort().map((status) => [
      status,
      responseOf(
        answers[Number(status)],
        problems.filter((problem) => String(problem.status) === status),
        gateway.find(([of]) => of === status)?.[1].message,
      ),
    ]),
  );
}

function responseOf(answer: Answer | undefined, problems: readonly Problem[], message: string | undefined) {
  const titles = new Set(problems.map(({ title }) => title));
  const headers = new Set<string>(answer?.headers ?? []);
  for (const problem of problems) for (const name of Object.keys(problem.headers ?? {})) headers.add(name);
  if (message === 'Unauthorized') headers.add('www-authenticate');
  const json = [
    ...(answer?.schemas ?? []).map((name) => schemaRef(name)),
    ...(message === undefined ? [] : [schemaRef('ApiGatewayError')]),
  ];
  const [only] = json;
  const content: Content = {
    ...(only &&
      contentOf('application/json', json.length === 1 ? only : { anyOf: json }, {
        ...answer?.examples,
        ...(message !== undefined && { apiGateway: { message } }),
      })),
    ...Object.fromEntries((answer?.texts ?? []).map((type) => [type, { schema: string }])),
    ...(problems.length > 0 &&
      contentOf(
        'application/problem+json',
        schemaRef('Problem'),
        Object.fromEntries(problems.map((problem) => [problem.reason, problemBody(problem, 'Wm3uXhW1oAMEJ5A=')])),
      )),
  };
  return {
    description:
      answer?.description ?? [...titles, ...(message === undefined ? [] : [`${message} (API Gateway)`])].join('; or: '),
    ...(headers.size > 0 && { headers: headersOf([...headers]) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

interface Content {
  readonly [mediaType: string]: {
    readonly schema: JsonSchema;
    readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

/** A body of one media type, with named examples. */
export function contentOf(mediaType: string, schema: JsonSchema, examples: Readonly<Record<string, unknown>>): Content {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return { [mediaType]: { schema, ...(named.length > 0 && { examples: Object.fromEntries(named) }) } };
}

/** Problems may write header names in another case. */
function headersOf(names: readonly string[]): Record<string, OpenApiHeader> {
  const known = Object.entries(ANSWER_HEADERS);
  return Object.fromEntries(
    names.map((name) => {
      const header = known.find(([ours]) => ours.toLowerCase() === name.toLowerCase());
      if (header === undefined) throw new Error(`The response header ${name} has no description.`);
      return header;
    }),
  );
}
