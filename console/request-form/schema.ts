import { api } from '../wire/api.ts';
import { isRecord } from '../wire/http.ts';

/** The used part of a JSON Schema. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
}

/** The schema of the body of `POST /event-trackers`, from the OpenAPI document of this runtime. @throws Error if it has none */
export async function loadRequestSchema(): Promise<FieldSchema> {
  const document = await api.openApi();
  const path = ['paths', '/event-trackers', 'post', 'requestBody', 'content', 'application/json', 'schema'];
  const schema = at(document, path);
  const reference = isRecord(schema) && typeof schema.$ref === 'string' ? schema.$ref.slice('#/'.length) : undefined;
  const found = reference === undefined ? schema : at(document, reference.split('/'));
  if (!isRecord(found)) throw new Error('The OpenAPI document does not describe POST /event-trackers.');
  return found;
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);

/** `1–63 characters`, `at most 48 entries`, `300–99999999`; undefined without limits. */
export function limitsOf({ type, minLength, maxLength, minimum, maximum, maxItems }: FieldSchema): string | undefined {
  const [least, most] = [minLength ?? minimum, maxLength ?? maximum ?? maxItems];
  const unit = type === 'string' ? ' characters' : type === 'array' ? ' entries' : '';
  if (least !== undefined && most !== undefined) return `${least}–${most}${unit}`;
  if (most !== undefined) return `at most ${most}${unit}`;
  return least === undefined ? undefined : `at least ${least}${unit}`;
}

/** Which limit of the schema a typed text breaks: `has 70 characters`, `does not match ^[a-z]+$`. The API has the last word. */
export function brokenLimit(schema: FieldSchema, text: string): string | undefined {
  if (text === '') return undefined;
  const { type, maxLength, pattern, minimum, maximum } = schema;
  if (type === 'integer' || type === 'number') {
    const number = Number(text);
    if (Number.isNaN(number)) return 'is not a number';
    if (minimum !== undefined && number < minimum) return `is less than ${minimum}`;
    return maximum !== undefined && number > maximum ? `is more than ${maximum}` : undefined;
  }
  if (maxLength !== undefined && text.length > maxLength) return `has ${text.length} characters`;
  return pattern !== undefined && !new RegExp(pattern, 'u').test(text) ? `does not match ${pattern}` : undefined;
}

/**
 * A value of the form as the request has it: what was left empty, or is as without it, is left out. Undefined if nothing is left.
 * @param value texts, booleans, lists and objects, as the fields keep them
 */
export function sentValue(schema: FieldSchema, value: unknown): unknown {
  if (value === undefined || value === '' || value === schema.default) return undefined;
  const { type, properties = {} } = schema;
  if (type === 'integer' || type === 'number') return Number.isNaN(Number(value)) ? value : Number(value);
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (!isRecord(value)) return value;
  const sent = Object.entries(properties)
    .map(([name, inner]) => [name, sentValue(inner, value[name])] as const)
    .filter(([, each]) => each !== undefined);
  return sent.length === 0 ? undefined : Object.fromEntries(sent);
}

/**
 * The tenant that a dataset group belongs to: the longest beginning of its name that is the name of a tenant, and not all of it. (The
 * separator that follows begins with a character that no tenant's name has.)
 */
export function tenantOfGroup(group: string, { pattern = '' }: FieldSchema): string {
  const isTenant = new RegExp(pattern, 'u');
  for (let length = group.length - 1; length > 0; length--) {
    const beginning = group.slice(0, length);
    if (isTenant.test(beginning)) return beginning;
  }
  return '';
}
