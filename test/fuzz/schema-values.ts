import fc from 'fast-check';
import type { OpenApiDocument } from '../../functions/api/openapi.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Fixed values by property or parameter name. Without them hardly any request would match a tracker. */
export type Named = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Generates values that satisfy a schema of the document. Rules that only the service checks are ignored. */
export function valuesOf(schema: unknown, document: OpenApiDocument, named: Named): fc.Arbitrary<unknown> {
  const { $ref: reference, ...keywords } = (schema ?? {}) as Schema;
  if (typeof reference === 'string') {
    return valuesOf(document.components.schemas[reference.slice(reference.lastIndexOf('/') + 1)], document, named);
  }
  if (Array.isArray(keywords.enum)) return fc.constantFrom(...keywords.enum);
  switch (keywords.type) {
    case 'string':
      return stringsOf(keywords);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(keywords.minimum ?? -1e6), max: Number(keywords.maximum ?? 1e6) });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'array':
      return fc.array(valuesOf(keywords.items, document, named), {
        minLength: Number(keywords.minItems ?? 0),
        maxLength: Math.min(Number(keywords.maxItems ?? 4), 4),
      });
    case 'object':
      return objectsOf(keywords, document, named);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectsOf(schema: Schema, document: OpenApiDocument, named: Named): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Schema;
  const names = Object.keys(properties);
  if (names.length === 0 && schema.additionalProperties !== false) {
    return fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 });
  }
  const members = Object.fromEntries(
    names.map((name) => [name, named[name] ?? valuesOf(properties[name], document, named)]),
  );
  const requiredKeys = Array.isArray(schema.required) ? schema.required.filter((name) => names.includes(name)) : [];
  return fc.record(members, { requiredKeys });
}

function stringsOf(schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 64, pattern, format } = schema;
  if (format === 'date-time') {
    const times = { min: Date.UTC(1900, 0), max: Date.UTC(9999, 0) };
    return fc.integer(times).map((time) => new Date(time).toISOString());
  }
  const length = { minLength: Number(minLength), maxLength: Number(maxLength) };
  if (typeof pattern !== 'string') return fc.string({ ...length, unit: 'grapheme' });
  // A pattern that only excludes characters also allows some that the service rejects: the letters that it is about.
  if (pattern.startsWith('^[^'))
    return fc.string({ ...length, unit: fc.constantFrom(...'aZ9_.:/=+-@ éß中🅰'.slice(0, 15)) });
  const isOfLength = (text: string) => text.length >= length.minLength && text.length <= length.maxLength;
  return fc.stringMatching(new RegExp(pattern), { maxLength: length.maxLength }).filter(isOfLength);
}
