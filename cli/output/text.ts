/**
 * `--output text`, following the AWS CLI (awscli/text.py): tab-separated values, sorted by key; each nested part on its own line,
 * which begins with its key in capitals.
 */
export function textOf(value: unknown): string {
  const lines: string[] = [];
  write(value, undefined, undefined, lines);
  return lines.map((line) => `${line}\n`).join('');
}

type Structure = Readonly<Record<string, unknown>>;
const isStructure = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** A scalar as Python prints it. */
export function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return String(value);
}

function write(
  value: unknown,
  name: string | undefined,
  columns: readonly string[] | undefined,
  lines: string[],
): void {
  if (Array.isArray(value)) writeList(value, name, lines);
  else if (isStructure(value)) writeStructure(value, name, columns, lines);
  else lines.push(scalarText(value));
}

function writeList(list: readonly unknown[], name: string | undefined, lines: string[]): void {
  if (list.length === 0) return;
  if (list.some(isStructure)) {
    const columns = [...new Set(list.filter(isStructure).flatMap(scalarKeys))].sort();
    for (const element of list) write(element, name, columns, lines);
    return;
  }
  const scalars = list.filter(isScalar);
  if (scalars.length > 0) writeScalars(scalars, name, lines);
  for (const element of list.filter((element) => !isScalar(element))) write(element, name, undefined, lines);
}

function writeScalars(scalars: readonly unknown[], name: string | undefined, lines: string[]): void {
  if (name === undefined) lines.push(scalars.map(scalarText).join('\t'));
  else lines.push(...scalars.map((scalar) => `${name.toUpperCase()}\t${scalarText(scalar)}`));
}

const scalarKeys = (structure: Structure): string[] => Object.keys(structure).filter((key) => isScalar(structure[key]));

function writeStructure(
  structure: Structure,
  name: string | undefined,
  columns: readonly string[] | undefined,
  lines: string[],
): void {
  const keys = columns ?? scalarKeys(structure).sort();
  // A row has an empty cell for each value that only other rows have.
  const values = keys.map((key) => (key in structure ? scalarText(structure[key]) : ''));
  if (values.length > 0) lines.push([...(name === undefined ? [] : [name.toUpperCase()]), ...values].join('\t'));
  const others = Object.keys(structure).filter((key) => !keys.includes(key));
  for (const key of others.sort()) write(structure[key], key, undefined, lines);
}
