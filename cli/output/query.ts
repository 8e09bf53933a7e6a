import { isDeepStrictEqual } from 'node:util';
import {
  compile,
  type JSONValue,
  registerFunction,
  TreeInterpreter,
  TYPE_ANY,
  TYPE_ARRAY,
  TYPE_EXPREF,
  TYPE_NUMBER,
  TYPE_STRING,
  tokenize,
} from '@jmespath-community/jmespath';
import { GeneralFailure, ParameterFailure } from '../failures.ts';

/*
 * `--query` in the dialect of the AWS CLI (jmespath.py). The library implements a later JMESPath, which differs: it orders numbers only,
 * requires JSON between backticks unless asked otherwise, and has more operators and functions.
 */

type ExpressionNode = ReturnType<typeof compile>;

/** Applies `--query` to a result. */
export type Query = (value: unknown) => unknown;

/**
 * Compiles a JMESPath expression. This happens before any request, so an invalid expression sends none.
 * @throws ParameterFailure if it can't be parsed
 */
export function queryOf(expression: string): Query {
  const compiled = attempt(
    () => parsed(expression),
    (why) => new ParameterFailure(`Bad value for --query ${expression}: Invalid jmespath expression: ${why}`),
  );
  return (value) =>
    attempt(
      () => TreeInterpreter.search(compiled, value as JSONValue),
      (why) => new GeneralFailure(`--query ${expression} can't be applied to the result: ${why}`),
    );
}

/** The library throws plain Errors with various messages for an invalid query. Anything else, such as a TypeError, is a bug. */
function attempt<Result>(work: () => Result, failure: (why: string) => Error): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && Object.getPrototypeOf(error) === Error.prototype)) throw error;
    throw failure(error.message.replace(/^Syntax error: /, ''));
  }
}

/** Token types of later versions of JMESPath: arithmetic, variables and conditions. */
const LATER_TOKENS = ['Variable', 'Assign', 'Root', 'Plus', 'Minus', 'Multiply', 'Divide', 'Modulo', 'Div', 'Question'];
/** Text between backticks that is not JSON is a string (JEP-12), such as `ACTIVE`. */
const OPTIONS = { enable_legacy_literals: true };

function parsed(expression: string): ExpressionNode {
  const text = expression.replace(/'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*"/gs, (literal) =>
    // In a raw string of the AWS CLI, a backslash escapes a quote only: every other backslash, also of a pair, stands for itself.
    literal.startsWith("'") ? literal.replace(/\\\\|\\(?!')/g, (backslashes) => backslashes.repeat(2)) : literal,
  );
  const later = tokenize(text, OPTIONS).find(({ type }) => LATER_TOKENS.includes(type));
  if (later !== undefined) throw new Error(`Unknown token ${String(later.value)}`);
  const compiled = compile(text, OPTIONS);
  refuseLooseReferences(compiled);
  return asInAwsCli(compiled);
}

/** The functions that apply an expression, such as &name, to each element. */
const FUNCTIONS_OF_REFERENCES = ['map', 'max_by', 'min_by', 'sort_by'];

/** An expression reference has no value to print. @throws Error for one that is not an argument of a function that applies it */
function refuseLooseReferences(node: unknown, isApplied = false): void {
  if (typeof node !== 'object' || node === null || ('type' in node && node.type === 'Literal')) return;
  if ('type' in node && node.type === 'ExpressionReference' && !isApplied) {
    throw new Error(`an expression after & must be an argument of ${FUNCTIONS_OF_REFERENCES.join(', ')}`);
  }
  const applies =
    'type' in node && node.type === 'Function' && 'name' in node && FUNCTIONS_OF_REFERENCES.includes(String(node.name));
  for (const [name, part] of Object.entries(node)) {
    if (applies && name === 'children' && Array.isArray(part))
      for (const child of part) refuseLooseReferences(child, true);
    else refuseLooseReferences(part);
  }
}

/** Not names that an expression can contain. */
const ORDER = '<=>';
const SLICED = '[:]';
const ORDERS: Readonly<Record<string, (sign: number) => boolean>> = {
  LT: (sign) => sign < 0,
  LTE: (sign) => sign <= 0,
  GT: (sign) => sign > 0,
  GTE: (sign) => sign >= 0,
};

/**
 * Replaces what the library does differently by calls of functions: its ordering comparison knows numbers only, and its slices cut
 * strings too.
 */
function asInAwsCli<Node>(node: Node): Node {
  if (Array.isArray(node)) return node.map(asInAwsCli) as Node;
  if (typeof node !== 'object' || node === null || ('type' in node && node.type === 'Literal')) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, part]) => [name, asInAwsCli(part)]));
  if (copy.type === 'IndexExpression' && copy.right.type === 'Slice') {
    return { ...copy, left: { type: 'Function', name: SLICED, children: [copy.left] } } as Node;
  }
  if (copy.type !== 'Comparator' || ORDERS[copy.name] === undefined) return copy as Node;
  const children = [copy.left, { type: 'Literal', value: copy.name }, copy.right];
  return { type: 'Function', name: ORDER, children } as Node;
}

/** Negative, zero or positive, as for Array.sort. Strings are compared by code points, as in Python. @throws Error for other pairs */
function compare(left: JSONValue, right: JSONValue): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  throw new Error(`a ${typeof left} and a ${typeof right} can't be compared`);
}

/** The comparison of two numbers or strings; null for anything else. */
function ordered([left, operator, right]: [JSONValue, string, JSONValue]): JSONValue {
  const isOrdered = [left, right].every((value) => typeof value === 'number' || typeof value === 'string');
  return isOrdered ? (ORDERS[operator]?.(compare(left, right)) ?? null) : null;
}

/** The elements in the order of their keys. Elements with equal keys keep their order. */
function sortedBy([elements, expression]: [JSONValue[], ExpressionNode]): JSONValue[] {
  const keyOf = TreeInterpreter.runtime.createKeyFunction(expression, [TYPE_NUMBER, TYPE_STRING]);
  return elements
    .map((element) => ({ element, key: keyOf(element) }))
    .sort((one, other) => compare(one.key, other.key))
    .map(({ element }) => element);
}

/** The first of the elements with the greatest key. */
function maxBy([elements, expression]: [JSONValue[], ExpressionNode]): JSONValue {
  // Sorting the reversed elements puts the first of equal ones last.
  return sortedBy([elements.toReversed(), expression]).at(-1) ?? null;
}

function contains([subject, search]: [JSONValue[] | string, JSONValue]): JSONValue {
  if (typeof subject !== 'string') return subject.some((element) => isDeepStrictEqual(element, search));
  if (typeof search === 'string') return subject.includes(search);
  throw new Error('contains() searches a string for a string only');
}

function toNumber([value]: [JSONValue]): JSONValue {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : null;
}

/** JSON as Python writes it: in ASCII. */
function toText([value]: [JSONValue]): JSONValue {
  if (typeof value === 'string') return value;
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, escaped);
}

type Types = Parameters<typeof registerFunction>[2][number]['types'];
const ANY: Types = [TYPE_ANY];
const ELEMENTS_AND_KEY: readonly Types[] = [[TYPE_ARRAY], [TYPE_EXPREF]];
function define(name: string, types: readonly Types[], body: (args: never) => JSONValue): void {
  const signature = types.map((types) => ({ types }));
  // The library checks the arguments against the signature before it calls the function.
  registerFunction(name, body as (args: unknown[]) => JSONValue, signature, { override: true });
}

define('sort_by', ELEMENTS_AND_KEY, sortedBy);
define('min_by', ELEMENTS_AND_KEY, (args) => sortedBy(args)[0] ?? null);
define('max_by', ELEMENTS_AND_KEY, maxBy);
define('contains', [[TYPE_ARRAY, TYPE_STRING], ANY], contains);
define('to_number', [ANY], toNumber);
define('to_string', [ANY], toText);
define(SLICED, [ANY], ([value]: [JSONValue]) => (typeof value === 'string' ? null : value));
define(ORDER, [ANY, ANY, ANY], ordered);

/** Functions of later versions of JMESPath. */
const LATER_FUNCTIONS =
  'find_first find_last from_items group_by items lower pad_left pad_right replace split trim trim_left trim_right upper zip';
for (const name of LATER_FUNCTIONS.split(' ')) {
  const unknown = () => {
    throw new Error(`Unknown function: ${name}()`);
  };
  registerFunction(name, unknown, [{ types: ANY, variadic: true }], { override: true });
}
