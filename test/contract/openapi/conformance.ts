import * as z from 'zod';
import type { OpenApiDocument, OpenApiOperation } from '../../../functions/api/openapi.ts';

/** An answer as it came over HTTP. */
export interface ReceivedAnswer {
  readonly method: string;
  /** Path of the request, without the query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Conformance {
  /** The operation of a request; undefined if no route matches. */
  operationOf(method: string, path: string): OpenApiOperation | undefined;
  /** The ways in which an answer differs from those that the document lists; empty if there are none. */
  faultsOf(answer: ReceivedAnswer): string[];
  /** The ways in which a value breaks a schema of the document. An undocumented member counts as one. */
  schemaFaults(schema: unknown, value: unknown): string[];
}

/** Response headers that the document must list. */
const DOCUMENTED = [
  'location',
  'retry-after',
  'etag',
  'preference-applied',
  'link',
  'allow',
  'www-authenticate',
  'idempotency-replayed',
];

/** The parts of the document that answers are compared with. */
export type Described = Pick<OpenApiDocument, 'paths'> & {
  readonly components: Pick<OpenApiDocument['components'], 'schemas'>;
};

/** Compares answers with the OpenAPI document: status, media type, body and headers. */
export function conformanceTo(document: Described): Conformance {
  const templates = Object.keys(document.paths)
    .map((path) => ({ path, pattern: patternOf(path) }))
    // A literal segment wins over a parameter.
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  const compiled = new Map<unknown, z.ZodType>();

  const schemaFaults = (schema: unknown, value: unknown): string[] => {
    const type = compiled.get(schema) ?? z.fromJSONSchema(closed(schema, document) as z.core.JSONSchema.JSONSchema);
    compiled.set(schema, type);
    const { error } = type.safeParse(value);
    return error ? error.issues.map(({ path, message }) => `${path.join('.') || '(body)'}: ${message}`) : [];
  };

  const operationOf = (method: string, path: string) => {
    const known = templates.filter(({ pattern }) => pattern.test(path));
    for (const { path: template } of known) {
      const operation = document.paths[template]?.[method.toLowerCase()];
      if (operation) return operation;
    }
    return undefined;
  };

  return {
    operationOf,
    schemaFaults,
    faultsOf({ method, path, status, headers, text }) {
      const mediaType = (headers.get('content-type') ?? '').split(';')[0] ?? '';
      const operation = operationOf(method, path);
      if (operation === undefined) {
        const schema = mediaType === 'application/problem+json' ? 'Problem' : 'ApiGatewayError';
        const faults = status >= 400 && status < 500 ? [] : [`no route matches, but the status is ${status}`];
        return [...faults, ...schemaFaults(document.components.schemas[schema], parsed(text))];
      }
      const response = operation.responses[String(status)];
      if (response === undefined) return [`${operation.operationId} must not answer ${status}`];
      const undocumented = DOCUMENTED.filter((name) => headers.has(name) && !namesOf(response.headers).includes(name));
      const faults = undocumented.map((name) => `${operation.operationId} ${status} does not list the header ${name}`);
      const retryAfter = headers.get('retry-after');
      if (retryAfter !== null && !/^\d+$/.test(retryAfter)) faults.push(`Retry-After is ${retryAfter}`);
      if (response.content === undefined)
        return text === '' ? faults : [...faults, 'a body that the document does not list'];
      const content = response.content[mediaType];
      if (content === undefined) return [...faults, `${status} does not list ${mediaType}`];
      return [...faults, ...schemaFaults(content.schema, mediaType.startsWith('text/') ? text : parsed(text))];
    },
  };
}

const namesOf = (headers: object = {}): string[] => Object.keys(headers).map((name) => name.toLowerCase());
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The schema with its references resolved; objects with named members allow no others. */
function closed(schema: unknown, document: Described): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closed(item, document));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref: reference, ...keywords } = schema as Record<string, unknown>;
  if (typeof reference === 'string') {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    return closed(document.components.schemas[name], document);
  }
  const inside = Object.entries(keywords).map(([keyword, value]) => [keyword, closed(value, document)]);
  const isOpen = typeof keywords.properties === 'object' && keywords.additionalProperties === undefined;
  return { ...Object.fromEntries(inside), ...(isOpen && { additionalProperties: false }) };
}
