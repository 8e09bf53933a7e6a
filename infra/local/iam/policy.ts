import * as z from 'zod';
import { AwsError } from '../wire.ts';

/** A request, as the policies of a role see it. */
export interface Requested {
  readonly action: string;
  /** `*` for an action without resource-level permissions. */
  readonly resource: string;
  /** The caller's account and ARN, or the service, for trust and resource policies. */
  readonly principal?: Principal | { readonly service: string };
  /** The values of condition keys, such as `sts:ExternalId`. */
  readonly keys: Readonly<Record<string, Value>>;
}

/** Who calls. `arn`: the role's or user's own, as `aws:PrincipalArn` has it. */
export interface Principal {
  readonly accountId: string;
  readonly arn: string;
}

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
/** What a request has for a condition key: nothing, a value, or several of a key such as `aws:TagKeys`. */
type Value = string | readonly string[] | undefined;
type Compare = (given: string | undefined, wanted: readonly string[]) => boolean;

/** How a condition compares. IAM has more operators; others are refused, because they would be ignored. */
const COMPARISONS: Readonly<Record<string, Compare>> = {
  StringEquals: (given, wanted) => given !== undefined && wanted.includes(given),
  StringEqualsIfExists: (given, wanted) => given === undefined || wanted.includes(given),
  StringNotEquals: (given, wanted) => given === undefined || !wanted.includes(given),
  StringLike: (given, wanted) => given !== undefined && wanted.some((pattern) => matches(pattern, given)),
  ArnLike: (given, wanted) => given !== undefined && wanted.some((pattern) => matches(pattern, given)),
  ArnEquals: (given, wanted) => given !== undefined && wanted.some((pattern) => matches(pattern, given)),
  StringNotLike: (given, wanted) => given === undefined || !wanted.some((pattern) => matches(pattern, given)),
  Null: (given, wanted) => wanted.includes(String(given === undefined)),
};

/** With this prefix, each value of the key has to compare; so without a value it is true. */
const FOR_ALL_VALUES = 'ForAllValues:';
const OPERATORS = Object.keys(COMPARISONS).flatMap((name) => [name, `${FOR_ALL_VALUES}${name}`]) as [
  string,
  ...string[],
];

/** A key with several values compares only with the prefix, as AWS recommends. */
function compares(operator: string, given: Value, wanted: readonly string[]): boolean {
  const isForAll = operator.startsWith(FOR_ALL_VALUES);
  const compare = COMPARISONS[isForAll ? operator.slice(FOR_ALL_VALUES.length) : operator];
  if (compare === undefined) return false;
  if (isForAll) return [given ?? []].flat().every((value) => compare(value, wanted));
  return (given === undefined || typeof given === 'string') && compare(given, wanted);
}
const common = {
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: list,
  Condition: z.partialRecord(z.enum(OPERATORS), z.record(z.string(), list)).optional(),
};
const permission = z.strictObject({ ...common, Resource: list });
const trust = z.strictObject({
  ...common,
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: list })], 'must be "*" or {"AWS": …}'),
});
const resource = z.strictObject({
  ...common,
  Principal: z.union(
    [z.literal('*'), z.strictObject({ AWS: list }), z.strictObject({ Service: list })],
    'must be "*", {"AWS": …} or {"Service": …}',
  ),
  Resource: list,
});
const documentOf = <S extends z.ZodType>(statement: S) =>
  z.strictObject({
    Version: z.literal('2012-10-17'),
    Id: z.string().optional(),
    Statement: z.preprocess((value) => [value].flat(), z.array(statement)),
  });
/** The quota of IAM for a role's inline policies. */
const MAX_DOCUMENT = 10_240;
const DOCUMENTS = { trust: documentOf(trust), permissions: documentOf(permission), resource: documentOf(resource) };
type Kind = keyof typeof DOCUMENTS;
type Statement = z.output<typeof permission> | z.output<typeof trust> | z.output<typeof resource>;

/**
 * The statements of a policy document.
 * @throws AwsError MalformedPolicyDocument, also for what IAM knows and the local runtime does not
 */
export function statementsOf(kind: Kind, document: string): Statement[] {
  const refuse = (why: string) => new AwsError('MalformedPolicyDocument', `The policy is not valid here: ${why}.`);
  if (document.length > MAX_DOCUMENT) throw refuse(`it has more than ${MAX_DOCUMENT} characters`);
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    throw refuse('it is not JSON');
  }
  const parsed = DOCUMENTS[kind].safeParse(value);
  if (parsed.success) return parsed.data.Statement;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') || 'the document'}: ${issue?.message}`);
}

/** Whether the statements allow the request: one allows it, and none denies it. */
export function isAllowed(statements: readonly Statement[], requested: Requested): boolean {
  const applying = statements.filter((statement) => applies(statement, requested));
  return applying.some(({ Effect }) => Effect === 'Allow') && applying.every(({ Effect }) => Effect === 'Allow');
}

function applies(statement: Statement, { action, resource, principal, keys }: Requested): boolean {
  if (!statement.Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()))) return false;
  if ('Resource' in statement && !statement.Resource.some((pattern) => matches(pattern, resource))) return false;
  if ('Principal' in statement && !(principal && isPrincipal(statement.Principal, principal))) return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, wanted]) =>
    Object.entries(wanted ?? {}).every(([key, values]) => compares(operator, keyOf(keys, key), values)),
  );
}

/** IAM ignores the case of condition keys. */
const keyOf = (keys: Requested['keys'], wanted: string): Value =>
  Object.entries(keys).find(([key]) => key.toLowerCase() === wanted.toLowerCase())?.[1];

/** An account (its id or the ARN of its root) stands for each of its roles and users. */
function isPrincipal(
  wanted: '*' | { readonly AWS: readonly string[] } | { readonly Service: readonly string[] },
  principal: NonNullable<Requested['principal']>,
): boolean {
  if (wanted === '*') return true;
  if ('service' in principal) return 'Service' in wanted && wanted.Service.includes(principal.service);
  if ('Service' in wanted) return false;
  return wanted.AWS.some((each) => each === '*' || each === principal.arn || accountIn(each) === principal.accountId);
}

const accountIn = (principal: string): string | undefined =>
  /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];

/** `*` stands for any text and `?` for one character. Without backtracking into earlier stars, which never helps. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let next = 0;
  let star: { pattern: number; text: number } | undefined;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = { pattern: next, text: at };
      next++;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star) {
      star = { ...star, text: star.text + 1 };
      next = star.pattern + 1;
      at = star.text;
    } else {
      return false;
    }
  }
  return [...pattern.slice(next)].every((rest) => rest === '*');
}
