import { AwsError } from '../wire.ts';

export type Request = Readonly<Record<string, unknown>>;

const violation = (shown: string, field: string, constraint: string): AwsError =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${shown} at '${field}' failed to satisfy constraint: ${constraint}`,
  );

/**
 * A field of text of `min` to `max` characters. The message shows the value only of fields that are no secret and no data.
 * @throws AwsError ValidationException, SerializationException, as AWS words them
 */
export function optionalText(
  request: Request,
  field: string,
  { min = 0, max, isShown = false }: { min?: number; max: number; isShown?: boolean },
): string | undefined {
  const value = request[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsError('SerializationException', `The field '${field}' must be a string.`);
  const shown = isShown ? `'${value.slice(0, 256)}'` : '(not shown)';
  if (value.length < min) throw violation(shown, field, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw violation(shown, field, `Member must have length less than or equal to ${max}`);
  return value;
}

/** @throws AwsError as `optionalText`, and ValidationException when the field is missing */
export function text(request: Request, field: string, limits: Parameters<typeof optionalText>[2]): string {
  const value = optionalText(request, field, limits);
  if (value === undefined) throw violation('null', field, 'Member must not be null');
  return value;
}

/** @throws AwsError SerializationException */
export function flag(request: Request, field: string, otherwise: boolean): boolean {
  const value = request[field] ?? otherwise;
  if (typeof value !== 'boolean')
    throw new AwsError('SerializationException', `The field '${field}' must be a boolean.`);
  return value;
}

/** @throws AwsError ValidationException when the value is not one of `values` */
export function oneOf<T extends string>(request: Request, field: string, values: readonly T[]): T | undefined {
  const given = optionalText(request, field, { max: 256, isShown: true });
  const value = values.find((each) => each === given);
  if (given !== undefined && value === undefined) {
    throw violation(`'${given}'`, field, `Member must satisfy enum value set: [${values.join(', ')}]`);
  }
  return value;
}

/** `maxResults` of a list: 0 (the default of 100) to 1000. @throws AwsError ValidationException, SerializationException */
function maxResults(request: Request): number {
  const value = request.maxResults ?? 0;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new AwsError('SerializationException', "The field 'maxResults' must be an integer.");
  }
  if (value < 0) throw violation(`'${value}'`, 'maxResults', 'Member must have value greater than or equal to 0');
  if (value > 1000) throw violation(`'${value}'`, 'maxResults', 'Member must have value less than or equal to 1000');
  return value === 0 ? 100 : value;
}

/**
 * One page of a list. The token names the list it is of and the last item of the page before, so that items that come, go
 * or cease to be wanted between two pages are neither shown twice nor cause others to be passed over.
 * @param list names the operation and all that chooses the items
 * @throws AwsError InvalidToken for a token that is none, or is one of another list
 */
export function pageOf<T>(
  request: Request,
  list: readonly unknown[],
  items: readonly T[],
  keyOf: (item: T) => string | number,
  isWanted: (item: T) => boolean = () => true,
): { items: readonly T[]; nextToken?: string } {
  const size = maxResults(request);
  const token = optionalText(request, 'nextToken', { min: 1, max: 1024 });
  let start = 0;
  if (token !== undefined) {
    const [name, key] = readToken(token);
    start = items.findIndex((item) => keyOf(item) === key) + 1;
    if (name !== JSON.stringify(list) || start === 0) {
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
  }
  const rest = items.slice(start).filter(isWanted);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  if (last === undefined || rest.length <= size) return { items: page };
  const nextToken = Buffer.from(JSON.stringify([JSON.stringify(list), keyOf(last)])).toString('base64url');
  return { items: page, nextToken };
}

function readToken(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return []; // Not JSON: the caller refuses it like any other token that is not ours.
  }
}

/** Levels of JSON that a payload may have: the engine clones it by recursion, and an execution that fails in that never ends. */
const MAX_DEPTH = 1000;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

/**
 * JSON text within the payload limit.
 * @throws AwsError with the given code; the message does not show the text
 */
export function jsonText(value: string, code: string, what: string): unknown {
  if (Buffer.byteLength(value, 'utf8') > 262_144) {
    throw new AwsError(code, `Invalid ${what}: 'longer than 262144 bytes of UTF-8'`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new AwsError(code, `Invalid ${what}: 'not valid JSON'`);
  }
  if (isDeeperThan(MAX_DEPTH, parsed)) {
    throw new AwsError(code, `Invalid ${what}: 'nested deeper than ${MAX_DEPTH} levels'`);
  }
  return parsed;
}
