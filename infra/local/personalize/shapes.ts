import * as z from 'zod';
import { AwsError } from '../wire.ts';

// The shapes of Personalize's service model (API version 2018-05-22), names as there. Patterns match whole values.
export const Name = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/);
export const Arn = z
  .string()
  .max(256)
  .regex(/^arn:([a-z\d-]+):personalize:.*:.*:.+$/);
const TAG = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
export const TagKey = z.string().min(1).max(128).regex(TAG);
export const Tags = z.array(z.object({ tagKey: TagKey, tagValue: z.string().max(256).regex(TAG) })).max(200);
export const TagKeys = z.array(TagKey).max(200);
export const Domain = z.enum(['ECOMMERCE', 'VIDEO_ON_DEMAND']);
export const NextToken = z.string().regex(/^\p{ASCII}{0,1500}$/u);
export const MaxResults = z.int().min(1).max(100);

/** Fields whose values the model marks sensitive, or that let their holder write data: no message repeats them. */
const SENSITIVE = new Set(['tags', 'tagKeys', 'trackingId', 'sessionId', 'userId', 'eventList']);

export type ValidationCode = 'InvalidInputException' | 'ValidationException';

/**
 * An operation's input, its unknown members dropped as AWS drops them and its nulls taken as absent. Which error code
 * Personalize gives for a value outside its shape is unpublished: here `InvalidInputException` ("Provide a valid value
 * for the field or parameter") where the operation models it, else AWS's common `ValidationException`.
 * @throws AwsError SerializationException for a value of another JSON type, else `code`, naming every field and its rule
 */
export function parseInput<S extends z.ZodType>(
  shape: S,
  input: Readonly<Record<string, unknown>>,
  code: ValidationCode,
): z.infer<S> {
  const given = withoutNulls(input);
  const parsed = shape.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrongType = parsed.error.issues.find((issue) => issue.code === 'invalid_type' && at(given, issue.path) != null);
  if (wrongType?.code === 'invalid_type') {
    const expected = wrongType.expected === 'int' ? 'an integer' : `of type ${wrongType.expected}`;
    throw new AwsError('SerializationException', `The value at '${nameOf(wrongType.path)}' must be ${expected}.`);
  }
  const failures = parsed.error.issues.map(
    (issue) => `${subject(issue.path, at(given, issue.path))}: ${ruleOf(issue)}`,
  );
  const count = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected`;
  throw new AwsError(code, `${count}: ${failures.join('; ')}`);
}

type Path = readonly PropertyKey[];

function subject(path: Path, value: unknown): string {
  const field = `at '${nameOf(path)}' failed to satisfy constraint`;
  if (value === undefined) return `Value null ${field}`;
  if (SENSITIVE.has(String(path[0])) || typeof value === 'object') return `Value ${field}`;
  return `Value '${String(value).slice(0, 300)}' ${field}`;
}

/** AWS's way of naming a place: `tags.1.member.tagKey`, counted from 1. */
const nameOf = (path: Path): string =>
  path.map((key) => (typeof key === 'number' ? `${key + 1}.member` : String(key))).join('.');

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'Member must not be null';
    case 'too_small':
    case 'too_big': {
      const measure = issue.origin === 'string' || issue.origin === 'array' ? 'length' : 'value';
      return issue.code === 'too_small'
        ? `Member must have ${measure} greater than or equal to ${issue.minimum}`
        : `Member must have ${measure} less than or equal to ${issue.maximum}`;
    }
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern?.replace(/^\/|\/u?$/g, '') ?? issue.format}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    default:
      return issue.message;
  }
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Levels of an input: far more than any operation has, far fewer than exhaust the stack. */
const MAX_DEPTH = 100;

function withoutNulls(value: unknown, levels = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0)
    throw new AwsError('SerializationException', `The input is nested deeper than ${MAX_DEPTH} levels.`);
  if (Array.isArray(value)) return value.map((member) => withoutNulls(member, levels - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member, levels - 1)]),
  );
}
