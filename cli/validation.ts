import { ParameterFailure } from './failures.ts';
import type { ListShape, Shape, StringShape, StructureShape } from './shapes.ts';

/**
 * Validates parameters against a shape, with the order and messages of the AWS CLI (botocore/validate.py). Also checks maximum
 * lengths and patterns, which the AWS CLI leaves to the service.
 * @throws ParameterFailure with a line for each violation
 */
export function validate(input: Readonly<Record<string, unknown>>, shape: StructureShape): void {
  const problems: string[] = [];
  checkStructure(input, shape, '', problems);
  if (problems.length > 0) throw new ParameterFailure(`Parameter validation failed:\n${problems.join('\n')}`);
}

function check(value: unknown, shape: Shape, path: string, problems: string[]): void {
  const wanted = shape.type === 'integer' ? 'number' : shape.type;
  const actual = typeOf(value);
  if (shape.type !== 'document' && actual !== wanted) {
    problems.push(
      `Invalid type for parameter ${path}, value: ${JSON.stringify(value)}, type: ${actual}, valid types: ${wanted}`,
    );
    return;
  }
  if (shape.type === 'string' && typeof value === 'string') checkString(value, shape, path, problems);
  else if (shape.type === 'integer' && !Number.isInteger(value)) {
    problems.push(`Invalid value for parameter ${path}: must be a whole number`);
  } else if (shape.type === 'list' && Array.isArray(value)) checkList(value, shape, path, problems);
  else if (shape.type === 'structure') checkStructure({ ...(value as object) }, shape, path, problems);
}

function checkStructure(
  value: Readonly<Record<string, unknown>>,
  { members, required }: StructureShape,
  path: string,
  problems: string[],
): void {
  const place = path === '' ? 'input' : path;
  for (const name of required) {
    if (value[name] === undefined) problems.push(`Missing required parameter in ${place}: "${name}"`);
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(members, name)) continue;
    const known = Object.keys(members).join(', ');
    problems.push(`Unknown parameter in ${place}: "${name}", must be one of: ${known}`);
  }
  for (const [name, member] of Object.entries(value)) {
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    if (shape !== undefined && member !== undefined) {
      check(member, shape, path === '' ? name : `${path}.${name}`, problems);
    }
  }
}

function checkString(value: string, { min = 0, max, pattern }: StringShape, path: string, problems: string[]): void {
  checkLength(value.length, { min, max }, path, problems);
  if (pattern !== undefined && value !== '' && !pattern.expression.test(value)) {
    problems.push(`Invalid value for parameter ${path}: ${pattern.rule}`);
  }
}

function checkList(value: readonly unknown[], shape: ListShape, path: string, problems: string[]): void {
  checkLength(value.length, shape, path, problems);
  value.forEach((member, index) => {
    check(member, shape.member, `${path}[${index}]`, problems);
  });
  const { distinctBy } = shape;
  if (distinctBy === undefined) return;
  const keys = value.flatMap((member) =>
    typeof member === 'object' && member !== null && distinctBy in member
      ? [(member as Readonly<Record<string, unknown>>)[distinctBy]]
      : [],
  );
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    problems.push(`Invalid value for parameter ${path}: contains the ${distinctBy} ${JSON.stringify(twice)} twice`);
  }
}

function checkLength(
  length: number,
  { min = 0, max }: { readonly min?: number; readonly max?: number | undefined },
  path: string,
  problems: string[],
): void {
  if (length < min) problems.push(`Invalid length for parameter ${path}, value: ${length}, valid min length: ${min}`);
  if (max !== undefined && length > max) {
    problems.push(`Invalid length for parameter ${path}, value: ${length}, valid max length: ${max}`);
  }
}

/** The type of a JSON value, as shapes name it. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'structure' : typeof value;
}
