import type { ScalarTag } from 'yaml';
import { tableOf } from './table.ts';
import { textOf } from './text.ts';

export const OUTPUT_FORMATS = ['json', 'text', 'table', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface FormatOptions {
  readonly format: OutputFormat;
  /** The operation's name, as a table's title. */
  readonly operation: string;
  /** In columns, for a table. */
  readonly width: number;
  readonly isColored: boolean;
}

/** A result as text, with a final line break; empty for an empty structure, like the AWS CLI. */
export async function formatted(
  value: unknown,
  { format, operation, width, isColored }: FormatOptions,
): Promise<string> {
  switch (format) {
    case 'json':
      return isNothing(value) ? '' : `${JSON.stringify(value ?? null, null, 4)}\n`;
    case 'yaml':
      return isNothing(value) ? '' : await yamlOf(value ?? null);
    case 'text':
      return textOf(value);
    case 'table':
      return tableOf(value, { title: operation, width, isColored });
  }
}

const isNothing = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** Quotes strings that look like a time, like the AWS CLI. Other YAML parsers would read them as times. */
const timestamp: ScalarTag = {
  tag: 'tag:yaml.org,2002:timestamp',
  default: true,
  test: /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)?$/,
  resolve: (text) => text,
  identify: () => false,
};

/** YAML with sorted keys and without folded lines; a single scalar as JSON, like the AWS CLI. */
async function yamlOf(value: unknown): Promise<string> {
  if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value, {
    singleQuote: true,
    lineWidth: 0,
    sortMapEntries: true,
    indentSeq: false,
    aliasDuplicateObjects: false,
    customTags: (tags) => [...tags, timestamp],
  });
}
