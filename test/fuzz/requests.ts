import fc from 'fast-check';
import type { OpenApiDocument, OpenApiOperation } from '../../functions/api/openapi.ts';
import { type Named, valuesOf } from './schema-values.ts';

/** The caller: a tenant's token with some scopes, an IAM role that signs, or an invalid or missing credential. */
const CALLERS = ['owner', 'reader', 'platform', 'outsider', 'rubbish', 'none'] as const;
export type CallerName = (typeof CALLERS)[number];

/** A request as sent. */
export interface FuzzRequest {
  readonly caller: CallerName;
  readonly method: string;
  /** The encoded path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

interface Draft {
  caller: CallerName;
  method: string;
  template: string;
  trackerId: string;
  query: [string, string][];
  headers: Record<string, string>;
  mediaType: string;
  body: unknown;
  hasBody: boolean;
}

/** Generates requests that the document allows, and mutations of them. */
export function requestsOf(
  document: OpenApiDocument,
  known: { trackerIds: string[]; groups: string[] },
): fc.Arbitrary<FuzzRequest> {
  const named: Named = {
    datasetGroupArn: fc.constantFrom(...known.groups),
    name: fc.constantFrom('shop', 'shop', 'blog', 'a-1_B'),
    nextToken: fc.oneof(fc.base64String(), fc.constantFrom('', 'eyJ2IjoxfQ', 'null')),
  };
  const rare: Named = {
    tenantId: mostly(undefined, fc.constantFrom('acme', 'initech', 'Acme', '')),
    callback: mostly(undefined, fc.record({ taskToken: fc.string({ maxLength: 40 }) })),
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const drafts = fc.constantFrom(...operations).chain(({ path, method, operation }) =>
    fc.record<Draft>({
      caller: mostly<CallerName>(path.startsWith('/platform/') ? 'platform' : 'owner', fc.constantFrom(...CALLERS)),
      method: fc.constant(method),
      template: fc.constant(path),
      trackerId: fc.constantFrom(...known.trackerIds),
      query: parametersIn('query', operation, document, named),
      headers: parametersIn('header', operation, document, named).map(Object.fromEntries),
      mediaType: fc.constant(mediaTypeOf(operation)),
      body: valuesOf(operation.requestBody?.content[mediaTypeOf(operation)]?.schema, document, { ...named, ...rare }),
      hasBody: fc.constant(operation.requestBody !== undefined),
    }),
  );
  return fc
    .tuple(drafts, fc.array(mutations(known.trackerIds), { maxLength: 2 }))
    .map(([draft, mutated]) => written(draft, mutated));
}

const mediaTypeOf = ({ requestBody }: OpenApiOperation): string =>
  Object.keys(requestBody?.content ?? {})[0] ?? 'application/json';

function parametersIn(
  place: 'query' | 'header',
  operation: OpenApiOperation,
  document: OpenApiDocument,
  named: Named,
): fc.Arbitrary<[string, string][]> {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  const each = parameters.map(({ name, schema }) => {
    const values =
      place === 'header' ? headerValues(name) : (named[name] ?? valuesOf(schema, document, named)).map(String);
    return mostly(
      undefined,
      values.map((value): [string, string] => [name, value]),
    );
  });
  return fc.tuple(...each).map((given) => given.filter((one) => one !== undefined));
}

/** Generates the ordinary value three times out of four. */
const mostly = <T>(ordinary: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(ordinary) }, { weight: 1, arbitrary: other });

/** Header values are printable ASCII. `wait` is left out, because it would delay the response by seconds. */
const headerValues = (name: string): fc.Arbitrary<string> =>
  name === 'Prefer'
    ? fc.constantFrom('wait=0', 'wait=00', 'wait=-1', 'wait=', 'respond-async', 'wait="0"; a=b', ',,;')
    : fc.oneof(
        fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
        fc.constantFrom('*', '"x"', 'W/"x", "y"', 'key-1'),
      );

type Mutation =
  | { readonly kind: 'node'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'remove'; readonly at: number }
  | { readonly kind: 'add'; readonly at: number; readonly name: string; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cut'; readonly share: number }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'query'; readonly name: string; readonly value: string }
  | { readonly kind: 'raw'; readonly suffix: string }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'method'; readonly method: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'tenantId',
  'status',
  'trackingId',
  'callback',
  '',
  '\u0000',
  'x'.repeat(300),
];
const ODD_TEXTS = [
  'null',
  '[]',
  '"x"',
  '1',
  '{}',
  '{"a":1,"a":2}',
  '\ufeff{}',
  '{"name":"\\ud800"}',
  '['.repeat(3000),
  ' ',
  '{"__proto__":{"name":"x"}}',
  '{"name":1e999}',
];
const ODD_IDS = [
  '..',
  '.',
  '%00',
  '%2F',
  '%2e%2e',
  '%zz',
  '%ff',
  'a b'.replace(' ', '%20'),
  'et-',
  `et-${'a'.repeat(26)}`,
  'health',
  'batch',
  '%F0%9F%98%80',
  'x'.repeat(3000),
];
const ODD_TYPES = [
  '',
  'text/plain',
  'application/JSON; charset=utf-8',
  'application/x-www-form-urlencoded',
  'application/json;',
  'application/problem+json',
  'application/json',
  'application/merge-patch+json',
  '*/*',
];

function mutations(trackerIds: readonly string[]): fc.Arbitrary<Mutation> {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      null,
      '',
      '\u0000',
      '😀'.repeat(40),
      '\ud800',
      -1,
      1e308,
      0.5,
      true,
      [],
      {},
      'x'.repeat(2000),
    ),
  );
  const at = fc.nat(50);
  return fc.oneof(
    fc.record({ kind: fc.constant('node' as const), at, value: values }),
    fc.record({ kind: fc.constant('remove' as const), at }),
    fc.record({ kind: fc.constant('add' as const), at, name: fc.constantFrom(...ODD_NAMES), value: values }),
    fc.record({ kind: fc.constant('text' as const), text: fc.constantFrom(...ODD_TEXTS) }),
    fc.record({ kind: fc.constant('cut' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('type' as const), type: fc.constantFrom(...ODD_TYPES) }),
    fc.record({
      kind: fc.constant('query' as const),
      name: fc.constantFrom('status', 'maxResults', 'dryRun', 'destroy', 'nextToken', 'tenantId', ...ODD_NAMES),
      value: fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.constantFrom('true', 'acme', 'initech', '100', '0', '-1', '1e2', 'ACTIVE'),
      ),
    }),
    fc.record({
      kind: fc.constant('raw' as const),
      suffix: fc.constantFrom('/', '//', '?', '?%zz', '?a', '?=&&=', '/..', ';a=b', '%00', '?dryRun=true&dryRun=true'),
    }),
    fc.record({
      kind: fc.constant('id' as const),
      id: fc.oneof(fc.constantFrom(...ODD_IDS), fc.constantFrom(...trackerIds), fc.string().map(encodeURIComponent)),
    }),
    fc.record({
      kind: fc.constant('method' as const),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
    }),
    fc.record({
      kind: fc.constant('header' as const),
      name: fc.constantFrom(
        'idempotency-key',
        'if-match',
        'if-none-match',
        'traceparent',
        'content-encoding',
        'x-tenant-id',
        'cookie',
        'x-forwarded-for',
      ),
      value: fc.oneof(
        fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
        fc.constantFrom('gzip', '', 'initech', '"', 'k,k'),
      ),
    }),
  );
}

function written(draft: Draft, mutated: readonly Mutation[]): FuzzRequest {
  const { caller, template } = draft;
  let { method, body, trackerId, hasBody } = draft;
  let text: string | undefined;
  let share = 1;
  let suffix = '';
  const query = new URLSearchParams(draft.query);
  const headers: Record<string, string> = { ...draft.headers, ...(hasBody && { 'content-type': draft.mediaType }) };
  for (const mutation of mutated) {
    switch (mutation.kind) {
      case 'node':
      case 'remove':
      case 'add':
        body = changed(body, mutation);
        break;
      case 'text':
        [text, hasBody] = [mutation.text, true];
        break;
      case 'cut':
        share = mutation.share;
        break;
      case 'type':
        headers['content-type'] = mutation.type;
        break;
      case 'query':
        query.append(mutation.name, mutation.value.toWellFormed());
        break;
      case 'raw':
        suffix = mutation.suffix;
        break;
      case 'id':
        trackerId = mutation.id;
        break;
      case 'method':
        method = mutation.method;
        break;
      case 'header':
        headers[mutation.name] = mutation.value;
    }
  }
  const whole = Buffer.from(text ?? JSON.stringify(body) ?? '');
  const search = query.size > 0 ? `?${query}` : '';
  return {
    caller,
    method,
    target: `${template.replace('{trackerId}', trackerId)}${suffix.startsWith('?') && search ? search : suffix + search}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()])),
    // Cuts the body anywhere, even within a UTF-8 character.
    ...(hasBody && { body: whole.subarray(0, Math.ceil(whole.length * share)) }),
  };
}

/** A copy with one node mutated: replaced, removed, or given an extra member. `mutation.at` selects the node. */
function changed(body: unknown, mutation: Extract<Mutation, { kind: 'node' | 'remove' | 'add' }>): unknown {
  const root: Record<string, unknown> = { body: structuredClone(body) };
  const places: [holder: Record<string, unknown>, name: string][] = [];
  const visit = (holder: object) => {
    for (const [name, value] of Object.entries(holder)) {
      places.push([holder as Record<string, unknown>, name]);
      if (typeof value === 'object' && value !== null) visit(value);
    }
  };
  visit(root);
  const [holder, name] = places[mutation.at % places.length] ?? [root, 'body'];
  if (mutation.kind === 'node') define(holder, name, mutation.value);
  else if (mutation.kind === 'remove') delete holder[name];
  else {
    const value = holder[name];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    define(isObject ? value : holder, mutation.name, mutation.value);
  }
  return root.body;
}

/** Like JSON.parse, treats `__proto__` as an ordinary member. */
const define = (holder: object, name: string, value: unknown) =>
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
