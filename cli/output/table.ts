import { COLORED, drawTable, PLAIN, Section } from './table-layout.ts';
import { scalarText } from './text.ts';

type Structure = Readonly<Record<string, unknown>>;
const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
const isStructure = (value: unknown): value is Structure => !isScalar(value) && !Array.isArray(value);
const isEmpty = (value: unknown): boolean =>
  !value || (Array.isArray(value) ? value.length === 0 : isStructure(value) && Object.keys(value).length === 0);

export interface TableOptions {
  readonly title: string;
  /** In columns. */
  readonly width: number;
  readonly isColored: boolean;
}

/**
 * `--output table`, following the AWS CLI (TableFormatter in awscli/formatter.py): a section for the value and one for each nested
 * part. Empty for an empty value.
 */
export function tableOf(value: unknown, { title, width, isColored }: TableOptions): string {
  const sections: Section[] = [];
  // The AWS CLI iterates over the characters of a single string and shows nothing; here it is a cell.
  build(title, isScalar(value) && !isEmpty(value) ? [value] : value, 0, sections);
  return sections.length === 0 ? '' : drawTable(sections, width, isColored ? COLORED : PLAIN);
}

function build(title: string | undefined, value: unknown, indent: number, sections: Section[]): void {
  if (isEmpty(value)) return;
  if (title !== undefined) sections.push(new Section(title, indent));
  if (Array.isArray(value)) buildList(value, title ?? '', indent, sections);
  else if (isStructure(value)) buildStructure(value, indent, sections);
}

function buildList(list: readonly unknown[], title: string, indent: number, sections: Section[]): void {
  if (isStructure(list[0])) {
    buildRows(list.filter(isStructure), title, indent, sections);
    return;
  }
  for (const item of list) {
    const section = sections.at(-1);
    if (section === undefined) return;
    if (isScalar(item)) section.addRow([scalarText(item)]);
    else if (Array.isArray(item) && item.every(isScalar)) section.addRow(item.map(scalarText));
    else build(undefined, item, 0, sections);
  }
}

function buildStructure(structure: Structure, indent: number, sections: Section[]): void {
  const { scalars, others } = partedKeys([structure]);
  const section = sections.at(-1);
  const [only] = scalars;
  if (section !== undefined && only !== undefined) {
    if (scalars.length === 1) section.addRow([only, scalarText(structure[only])]);
    else {
      section.addHeaders(scalars);
      section.addRow(scalars.map((key) => scalarText(structure[key])));
    }
  }
  for (const key of others) build(key, structure[key], indent + 1, sections);
}

function buildRows(rows: readonly Structure[], title: string, indent: number, sections: Section[]): void {
  const { scalars, others } = partedKeys(rows);
  rows.forEach((row, index) => {
    let section = sections.at(-1);
    if (index > 0 && others.length > 0) {
      section = new Section(title, indent);
      sections.push(section);
    }
    if (index === 0 || others.length > 0) section?.addHeaders(scalars);
    section?.addRow(scalars.map((key) => (key in row ? scalarText(row[key]) : '')));
    for (const key of others) if (key in row) build(key, row[key], indent + 1, sections);
  });
}

function partedKeys(structures: readonly Structure[]): { scalars: string[]; others: string[] } {
  const entries = structures.flatMap((structure) => Object.entries(structure));
  const keysWhere = (fits: (value: unknown) => boolean) =>
    [...new Set(entries.filter(([, value]) => fits(value)).map(([key]) => key))].sort();
  return { scalars: keysWhere(isScalar), others: keysWhere((value) => !isScalar(value)) };
}
