import * as z from 'zod';
import { AwsError } from './wire.ts';

/** Shapes that several services share. */
export const text = (min: number, max: number) => z.string().min(min).max(max);

/**
 * An operation's input, checked against its shape. Like AWS, it drops unknown members and takes null for absent.
 * @param refusal the error code for a value outside its shape
 * @throws AwsError SerializationException for a value of another JSON type, else `refusal`. The message names every field and its
 *   rule, and shows a value only if it is a name, an ARN, a number or a constant: others may be secret
 */
export function parseInput<S extends z.ZodType>(
  shape: S,
  input: Readonly<Record<string, unknown>>,
  refusal = 'ValidationException',
): z.infer<S> {
  const parsed = shape.safeParse(withoutNulls(input), { reportInput: true });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const wrongType = issues.find((issue) => issue.code === 'invalid_type' && issue.input !== undefined);
  if (wrongType?.code === 'invalid_type') {
    const expected = wrongType.expected === 'int' ? 'an integer' : `of type ${wrongType.expected}`;
    throw new AwsError('SerializationException', `The value at '${fieldOf(wrongType)}' must be ${expected}.`);
  }
  const failures = issues.map(
    (issue) => `Value ${shown(issue)}at '${fieldOf(issue)}' failed to satisfy constraint: ${ruleOf(issue)}`,
  );
  const count = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected`;
  throw new AwsError(refusal, `${count}: ${failures.join('; ')}`);
}

function shown({ code, input, path }: z.core.$ZodIssue): string {
  if (input === undefined) return 'null ';
  const isPublic = code === 'invalid_value' || typeof input === 'number' || /(name|arn)$/i.test(String(path.at(-1)));
  return isPublic && typeof input !== 'object' ? `'${String(input).slice(0, 300)}' ` : '';
}

/** The path of a value in AWS's notation, counted from 1, for example `tags.1.member.tagKey`. */
const fieldOf = ({ path }: z.core.$ZodIssue): string =>
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
      if (issue.input === undefined) return 'Member must not be null';
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    default:
      return issue.message;
  }
}

/** The maximum nesting of an input: more than any operation needs, and too little to exhaust the stack. */
const MAX_DEPTH = 100;

function withoutNulls(value: unknown, levels = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) {
    throw new AwsError('SerializationException', `The input is nested deeper than ${MAX_DEPTH} levels.`);
  }
  // Most large inputs are flat. They are not copied.
  if (!Object.values(value).some((member) => typeof member === 'object')) return value;
  if (Array.isArray(value)) return value.map((member) => withoutNulls(member, levels - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member, levels - 1)]),
  );
}
