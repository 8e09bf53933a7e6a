import { Command, CommanderError, Option } from 'commander';
import type { CommandDefinition, OptionDefinition } from './definition.ts';
import { UsageFailure } from './failures.ts';
import { GLOBAL_OPTIONS, INPUT_OPTIONS } from './global-options.ts';
import { Values } from './option-values.ts';

/** A parsed command line. */
export type Parsed =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'run'; readonly command: CommandDefinition; readonly values: Values };

/** All options of a command except the global ones. */
export const optionsOf = ({ options, input }: CommandDefinition): readonly OptionDefinition[] =>
  input === undefined ? options : [...options, ...INPUT_OPTIONS];

/**
 * Parses a command line. Like the AWS CLI, it accepts global options before or after the command, and a value that begins with a
 * hyphen only as `--option=value`. Unlike the AWS CLI, it accepts no abbreviated options, and a list option only once.
 * @throws UsageFailure
 */
export function parseArguments(argv: readonly string[], commands: readonly CommandDefinition[]): Parsed {
  const known = [...GLOBAL_OPTIONS, ...commands.flatMap(optionsOf)];
  checkSpelling(argv, known);
  let parsed: Parsed | undefined;
  const program = silent(new Command('event-trackers'));
  addOptions(program, GLOBAL_OPTIONS);
  const groups = new Map<string, Command>();

  const finish = (command: Command, definition: CommandDefinition | undefined, words: readonly string[]) => {
    const given = command.optsWithGlobals();
    const isHelp = given.help === true || command.args[0] === 'help';
    if (given.version === true) parsed = { kind: 'version' };
    else if (isHelp) parsed = { kind: 'help', words: [...words, ...command.args.filter((word) => word !== 'help')] };
    else if (definition === undefined) {
      const wanted = words.length === 0 ? 'command' : 'subcommand';
      throw new UsageFailure(
        command.args[0] === undefined || command.args[0].startsWith('-')
          ? `the following arguments are required: ${wanted}`
          : `argument ${wanted}: Invalid choice: ${command.args[0]}, valid choices are: ${choices(commands, words)}`,
      );
    } else {
      if (command.args.length > 0) throw new UsageFailure(`Unknown options: ${command.args.join(', ')}`);
      const options = [...GLOBAL_OPTIONS, ...optionsOf(definition)];
      parsed = { kind: 'run', command: definition, values: checkedValues(given, options) };
    }
  };

  program.action(() => finish(program, undefined, []));
  for (const definition of commands) {
    const [first = '', second] = definition.words;
    let parent = program;
    if (second !== undefined) {
      const group = groups.get(first) ?? silent(program.command(first));
      group.action(() => finish(group, undefined, [first]));
      groups.set(first, group);
      parent = group;
    }
    const command = silent(parent.command(second ?? first));
    addOptions(command, optionsOf(definition));
    command.action(() => finish(command, definition, definition.words));
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageFailure(error.message.replace(/^error: /, ''));
    throw error;
  }
  if (parsed === undefined) throw new Error('commander ran no action');
  return parsed;
}

const choices = (commands: readonly CommandDefinition[], words: readonly string[]): string =>
  [
    ...new Set(
      commands
        .filter((command) => words.every((word, index) => command.words[index] === word))
        .map((command) => command.words[words.length]),
    ),
    'help',
  ].join(', ');

/** Keeps commander from printing and exiting; run.ts reports all errors. */
const silent = (command: Command): Command =>
  command
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .helpCommand(false)
    .allowUnknownOption()
    .allowExcessArguments();

function addOptions(command: Command, options: readonly OptionDefinition[]): void {
  for (const { flag, value, isList, valueIfBare } of options) {
    const term = value === undefined ? '' : isList ? ` [${value}...]` : valueIfBare ? ` [${value}]` : ` <${value}>`;
    command.addOption(new Option(`${flag}${term}`));
  }
}

/** Rejects what commander accepts: an option in the place of a value, and a list option given twice. */
function checkSpelling(argv: readonly string[], known: readonly OptionDefinition[]): void {
  const seen = new Set<string>();
  argv.forEach((argument, index) => {
    const [flag = ''] = argument.split('=', 1);
    const option = known.find((candidate) => candidate.flag === flag);
    if (option === undefined || !flag.startsWith('--')) return;
    const isValueOfAnother = index > 0 && takesNext(argv[index - 1], known) && !resemblesOption(argument);
    if (isValueOfAnother) return;
    // If an option with one value is repeated, the last one counts. For a repeated list the AWS CLI silently drops the first values.
    if (seen.has(flag) && option.isList) {
      throw new UsageFailure(`argument ${flag}: given twice; list all values after one ${flag}`);
    }
    seen.add(flag);
    const isBare = option.value !== undefined && option.valueIfBare === undefined && !option.isList;
    const next = argv[index + 1];
    if (isBare && flag === argument && (next === undefined || resemblesOption(next))) {
      throw new UsageFailure(`argument ${flag}: expected one argument`);
    }
    if (option.value === undefined && flag !== argument) {
      throw new UsageFailure(`argument ${flag}: expected no argument`);
    }
  });
}

const takesNext = (argument: string | undefined, known: readonly OptionDefinition[]): boolean =>
  known.some(({ flag, value }) => flag === argument && value !== undefined);

/** The rule of argparse, the parser of the AWS CLI. */
const resemblesOption = (argument: string): boolean =>
  /^-./.test(argument) && !/^-(\d+|\d*\.\d+)$/.test(argument) && !argument.includes(' ');

/** @throws UsageFailure for an invalid value, a refused option, or options that exclude or require each other */
function checkedValues(given: Readonly<Record<string, unknown>>, options: readonly OptionDefinition[]): Values {
  const values = new Map<string, string | boolean | readonly string[]>();
  for (const option of options) {
    const value = given[attributeOf(option.flag)];
    // Commander inverts --no-x: x is true unless --no-x is given.
    const isGiven = option.flag.startsWith('--no-') ? value === false : value !== undefined && value !== false;
    if (!isGiven) continue;
    if (option.refused !== undefined)
      throw new UsageFailure(`argument ${option.flag}: not supported: ${option.refused}`);
    values.set(option.flag, checkedValue(option, value));
  }
  for (const { flag, onlyWith, notWith } of options) {
    if (onlyWith !== undefined && values.has(flag) && !values.has(onlyWith)) {
      throw new UsageFailure(`argument ${flag}: not allowed without ${onlyWith}`);
    }
    if (notWith !== undefined && values.has(flag) && values.has(notWith)) {
      throw new UsageFailure(`argument ${flag}: not allowed with ${notWith}`);
    }
  }
  return new Values(values);
}

const attributeOf = (flag: string): string =>
  flag.replace(/^--(no-)?/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function checkedValue(option: OptionDefinition, value: unknown): string | boolean | readonly string[] {
  const { flag, choices, integerFrom, integerTo, valueIfBare, isList } = option;
  if (option.value === undefined) return true;
  if (isList) return Array.isArray(value) ? value.map(String) : [];
  const text = value === true ? (valueIfBare ?? '') : String(value);
  if (choices !== undefined && !choices.includes(text)) {
    throw new UsageFailure(`argument ${flag}: Invalid choice, valid choices are: ${choices.join(', ')}`);
  }
  if (integerFrom === undefined) return text;
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < integerFrom || (integerTo !== undefined && number > integerTo)) {
    const range = integerTo === undefined ? `of at least ${integerFrom}` : `from ${integerFrom} to ${integerTo}`;
    throw new UsageFailure(`argument ${flag}: invalid int value: '${text}' (must be a whole number ${range})`);
  }
  return text;
}
