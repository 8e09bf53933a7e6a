import type * as z from 'zod';

/*
 * The texts of validation errors, for `schema.safeParse(value, { error: ruleText })`. A text is printed after the name of its field, and
 * quotes no value.
 */

type RawIssue = z.core.$ZodRawIssue;

/** JSON's names for the types that zod calls otherwise. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  record: 'object',
  int: 'whole number',
  nonoptional: 'value',
  NaN: 'number',
  nan: 'number',
};

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** The rule for the type of a value. */
export const typeRule = (expected: string): string => `must be ${article(JSON_TYPES[expected] ?? expected)}`;

/** The rule that an issue is about, such as `must be an object`. */
export function ruleText(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : typeRule(issue.expected);
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', Number(issue.maximum))}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be an ISO 8601 time in UTC, such as 2026-11-24T12:00:00Z'
        : `must have the form ${issue.pattern ?? `of ${issue.format}`}`;
    case 'unrecognized_keys':
      return `must not have ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    default:
      return 'must have another value';
  }
}

function bound(origin: string, limit: 'at least' | 'at most', count: number): string {
  if (origin === 'string') {
    return limit === 'at least' && count === 1
      ? 'not be empty'
      : `be ${limit} ${count} character${count === 1 ? '' : 's'} long`;
  }
  if (origin === 'array' || origin === 'set' || origin === 'map') {
    return limit === 'at least' && count === 1 ? 'not be empty' : `hold ${limit} ${count}`;
  }
  return `be ${limit} ${count}`;
}

/** The issues of a value, without those that only follow from a wrong type. */
export function independentIssues({ issues }: Pick<z.core.$ZodError, 'issues'>): readonly z.core.$ZodIssue[] {
  const placeOf = ({ path }: z.core.$ZodIssue) => JSON.stringify(path);
  const ofOtherTypes = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues.filter((issue) => issue.code === 'invalid_type' || !ofOtherTypes.has(placeOf(issue)));
}
