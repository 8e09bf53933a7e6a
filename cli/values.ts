import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { parseCsv } from '../input/csv.ts';
import { parseJson } from '../input/json.ts';
import { readTextFile, TextFileError } from '../input/text-file.ts';
import { completedArn } from './arns.ts';
import type { CommandDefinition } from './definition.ts';
import { ParameterFailure, UsageFailure } from './failures.ts';
import type { Values } from './option-values.ts';
import type { Settings } from './settings.ts';
import type { Shape, StructureShape } from './shapes.ts';
import { parseShorthand, ShorthandError } from './shorthand.ts';
import { typeOf, validate } from './validation.ts';

const FILE = 'file://';

/**
 * An option's value, or the content of the file if the value is `file://PATH`. Values inside a file or `--cli-input-json` are taken
 * literally.
 * @throws ParameterFailure if the file can't be read
 */
function valueOrFile(option: string, value: string): string {
  // A shell may have read a file with a byte order mark.
  if (!value.startsWith(FILE)) return value.replace(/^\ufeff/, '');
  const path = value.slice(FILE.length).replace(/^~(?=\/|$)/, homedir());
  try {
    return readTextFile(path);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    throw new ParameterFailure(
      `Error parsing parameter '${option}': Unable to load paramfile ${value}: ${error.reason}`,
    );
  }
}

/** The failure for a value that can't be parsed. If the value looks like a path, the message says how to pass a file. */
function unparsable(option: string, given: string, why: string): ParameterFailure {
  const isPath =
    !given.startsWith(FILE) &&
    (/^(fileb?:|~?[\\/]|\.{1,2}[\\/])|\.(json|ya?ml|csv|txt)$/i.test(given) || existsSync(given));
  const hint = isPath ? `\nTo read the parameter from a file, use ${FILE}${given.replace(/^fileb?:(\/\/)?/i, '')}` : '';
  return new ParameterFailure(`Error parsing parameter '${option}': ${why}${hint}`);
}

const FORMATS_HINT =
  '\nThe extension of a file decides how it is read: .json, .yaml or .csv. Any other file must contain JSON or shorthand.';

/**
 * The structures of a list option, such as `--tags`: shorthand texts, a JSON list, JSON objects, or one of these in a file. A file can
 * also be a .yaml with a list, or a .csv with a structure in each line.
 * @throws ParameterFailure that names the option
 */
async function structuresOf(option: string, values: readonly string[]): Promise<unknown[]> {
  const [first] = values;
  if (first === undefined) return [];
  const type =
    values.length === 1 && first.startsWith(FILE) ? /\.(csv|ya?ml)$/i.exec(first)?.[1]?.toLowerCase() : undefined;
  if (type === 'csv') return rowsOf(option, first);
  if (type !== undefined) {
    const list = await yamlOf(valueOrFile(option, first), option, first);
    if (Array.isArray(list) && !holdsItself(list)) return list;
    throw unparsable(option, first, `Invalid type: expecting list, received ${typeOf(list)}`);
  }
  const texts = values.length === 1 ? [valueOrFile(option, first)] : values;
  const start = texts[0]?.trimStart()[0];
  const parse = start === '[' || start === '{' ? parseJson : shorthandOf;
  const parsed = texts.map((text, index) => {
    try {
      return parse(text);
    } catch (error) {
      const given = values[index] ?? '';
      if (error instanceof ShorthandError) {
        throw unparsable(option, given, `${error.message}${given.startsWith(FILE) ? FORMATS_HINT : ''}`);
      }
      if (!(error instanceof SyntaxError)) throw error;
      throw unparsable(option, given, `Invalid JSON: ${error.message}\nJSON received: ${text}`);
    }
  });
  if (start !== '[') return parsed;
  const [list] = parsed;
  if (parsed.length === 1 && Array.isArray(list)) return list;
  throw unparsable(option, first, `Invalid JSON:\n${texts[0]}\n(a JSON list must be the only value)`);
}

function rowsOf(option: string, file: string): unknown[] {
  try {
    return parseCsv(valueOrFile(option, file));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unparsable(option, file, `Invalid CSV: ${error.message}`);
  }
}

const shorthandOf = (text: string) => parseShorthand(text.trimEnd() === '' ? text : text.replace(/\r?\n$/, ''));

/**
 * The validated parameters of a command. @throws UsageFailure, ParameterFailure
 */
export async function inputOf(
  values: Values,
  { shapes, options }: CommandDefinition,
  settings: Settings,
): Promise<Record<string, unknown>> {
  if (shapes === undefined) return {};
  const shape = shapes.input(settings.isDirect);
  const refused = options.find(({ flag }) => settings.isDirect && values.has(flag) && !flagsOf(shape).includes(flag));
  if (refused !== undefined) {
    throw new UsageFailure(`argument ${refused.flag}: not allowed with --direct: Personalize does not support it`);
  }
  const given = await parametersOf(values, shape);
  const converted = shapes.convert?.(given) ?? given;
  const { requests } = converted;
  const input = {
    ...withCompleteArns(converted, settings),
    ...(Array.isArray(requests) && { requests: requests.map((request) => withCompleteArns(request, settings)) }),
  };
  validate(input, shape);
  return input;
}

/** Completes the ARNs among the members of a structure. Returns any other value unchanged. @throws ParameterFailure */
function withCompleteArns<Value>(value: Value, settings: Settings): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const completed = ['datasetGroupArn', 'eventTrackerArn'].flatMap((name) => {
    const arn = (value as Readonly<Record<string, unknown>>)[name];
    return typeof arn === 'string' ? [[name, completedArn(flagOf(name), arn, settings)]] : [];
  });
  return { ...value, ...Object.fromEntries(completed) };
}

/**
 * The parameters of a command, not validated: those of `--cli-input-json` or `--cli-input-yaml`, overridden by the options that are
 * named after members of the shape. Ignores nulls in the input.
 * @throws UsageFailure if there is no such input, and a required option is missing; ParameterFailure for what can't be parsed
 */
async function parametersOf(
  values: Values,
  { members, required, alternatives }: StructureShape,
): Promise<Record<string, unknown>> {
  const input = await cliInput(values);
  for (const [name, shape] of Object.entries(members)) {
    const { type } = shape;
    const flag = flagOf(name);
    const text = values.text(flag);
    const list = values.list(flag);
    if (text !== undefined) input[name] = valueOrFile(flag, text);
    else if (list !== undefined && isListOfTexts(shape)) input[name] = list;
    else if (list !== undefined) input[name] = await structuresOf(flag, list);
    else if (type === 'boolean' && values.has(flag)) input[name] = true;
  }
  if (alternatives !== undefined) {
    const count = alternatives.names.filter((name) => input[name] !== undefined).length;
    if (count > 1 || (count === 0 && alternatives.isRequired)) {
      const rule = `${alternatives.isRequired ? 'exactly' : 'at most'} one of the arguments`;
      throw new UsageFailure(
        `${rule} ${alternatives.names.map(flagOf).join(', ')} ${alternatives.isRequired ? 'is required' : 'is allowed'}`,
      );
    }
  }
  const missing = required.filter((name) => input[name] === undefined).map(flagOf);
  if (missing.length === 0 || values.has('--cli-input-json') || values.has('--cli-input-yaml')) return input;
  throw new UsageFailure(`the following arguments are required: ${missing.join(', ')}`);
}

const isListOfTexts = (shape: Shape): boolean => shape.type === 'list' && shape.member.type === 'string';

/** The option of a member: --dataset-group-arn for datasetGroupArn. */
const flagsOf = ({ members }: StructureShape): string[] => Object.keys(members).map(flagOf);
const flagOf = (member: string): string => `--${member.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @throws ParameterFailure if both are given, or the value is not a map */
async function cliInput(values: Values): Promise<Record<string, unknown>> {
  const [json, yaml] = [values.text('--cli-input-json'), values.text('--cli-input-yaml')];
  if (json !== undefined && yaml !== undefined) {
    throw new ParameterFailure('Only one --cli-input- parameter may be specified.');
  }
  const given = json ?? yaml;
  if (given === undefined) return {};
  const option = json === undefined ? '--cli-input-yaml' : '--cli-input-json';
  const text = valueOrFile(option, given);
  const value = json === undefined ? await yamlOf(text, 'cli-input-yaml', given) : jsonOf(text, given);
  if (holdsItself(value)) throw unparsable(option, given, 'an anchor must not contain an alias of itself');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unparsable(option, given, `Invalid type: expecting map, received ${typeOf(value)}`);
  }
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** Whether a value contains itself, as YAML aliases allow. It could not be printed or sent. */
function holdsItself(value: unknown, around: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return around.includes(value) || Object.values(value).some((part) => holdsItself(part, [...around, value]));
}

function jsonOf(text: string, given: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unparsable('cli-input-json', given, `Invalid JSON received. ${error.message}`);
  }
}

async function yamlOf(text: string, option: string, given: string): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml');
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    // yaml throws a ReferenceError for aliases: one without an anchor, or too many.
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    throw unparsable(option, given, `Invalid YAML received. ${error.message}`);
  }
}
