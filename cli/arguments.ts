import type { CommandDefinition, OptionDefinition } from './definition.ts';
import { UsageFailure } from './failures.ts';
import { GLOBAL_OPTIONS, INPUT_OPTIONS } from './global-options.ts';
import { didYouMean, didYouMeanCommand } from './nearest.ts';
import { type OptionValue, Values } from './option-values.ts';

/** A parsed command line. */
export type Parsed =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'run'; readonly command: CommandDefinition; readonly values: Values };

/** All options of a command except the global ones. */
export const optionsOf = ({ options, shapes }: CommandDefinition): readonly OptionDefinition[] =>
  shapes === undefined ? options : [...options, ...INPUT_OPTIONS];

/**
 * Parses a command line by the rules of argparse, the parser of the AWS CLI: global options may stand before the command, a list
 * option takes all values up to the next option, and a value that begins with a hyphen must be given as `--option=value`. Unlike the
 * AWS CLI, it accepts no abbreviated options, and a list option only once.
 * @param onWords called with the words of the command as far as they are known, also before it throws
 * @throws UsageFailure
 */
export function parseArguments(
  argv: readonly string[],
  commands: readonly CommandDefinition[],
  onWords: (words: readonly string[]) => void = () => {},
): Parsed {
  const rest = [...argv];
  const words: string[] = [];
  const unknown: string[] = [];
  const given = new Map<string, OptionValue>();
  let options = GLOBAL_OPTIONS;
  let command: CommandDefinition | undefined;
  let isHelp = false;
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [flag = '', ...after] = argument.split('=');
    const option = options.find((candidate) => candidate.flag === flag);
    if (option !== undefined) {
      // If an option with one value is repeated, the last one counts. For a repeated list the AWS CLI silently drops the first values.
      if (given.has(flag) && option.isList) {
        throw new UsageFailure(`argument ${flag}: given twice; list all values after one ${flag}`);
      }
      given.set(flag, optionValue(option, argument === flag ? undefined : after.join('='), rest));
    } else if (argument === 'help' && unknown.length === 0) isHelp = true;
    else if (isHelp || (command === undefined && !resemblesOption(argument))) {
      if (!isHelp) checkWord(argument, words, commands);
      words.push(argument);
      onWords(words);
      command = commands.find((candidate) => candidate.words.join(' ') === words.join(' '));
      if (command !== undefined) options = [...GLOBAL_OPTIONS, ...optionsOf(command)];
    } else unknown.push(argument);
  }
  if (given.has('--version')) return { kind: 'version' };
  if (isHelp || given.has('--help')) return { kind: 'help', words };
  if (command === undefined) {
    throw new UsageFailure(`the following arguments are required: ${words.length === 0 ? 'command' : 'subcommand'}`);
  }
  if (unknown.length > 0) {
    const mistyped = unknown.find((argument) => argument.startsWith('--'))?.split('=')[0] ?? '';
    const hint = didYouMean(
      mistyped,
      options.map(({ flag }) => flag),
    );
    throw new UsageFailure(`Unknown options: ${unknown.join(', ')}${hint}`);
  }
  checkCombination(given, options);
  return { kind: 'run', command, values: new Values(given) };
}

/** @throws UsageFailure if no command begins with the words and then the next one */
function checkWord(next: string, words: readonly string[], commands: readonly CommandDefinition[]): void {
  const choices = commands
    .filter((command) => words.every((word, index) => command.words[index] === word))
    .map((command) => command.words[words.length]);
  if (choices.includes(next)) return;
  const known = [...new Set(choices.flatMap((choice) => choice ?? [])), 'help'];
  const argument = words.length === 0 ? 'command' : 'subcommand';
  throw new UsageFailure(
    `argument ${argument}: Invalid choice: ${next}, valid choices are: ${known.join(', ')}${didYouMeanCommand(next, known)}`,
  );
}

/** The value of an option: `inline`, after its equals sign, or taken from the rest of the command line. @throws UsageFailure */
function optionValue(option: OptionDefinition, inline: string | undefined, rest: string[]): OptionValue {
  const { flag, value, isList, valueIfBare, refused } = option;
  if (refused !== undefined) throw new UsageFailure(`argument ${flag}: not supported: ${refused}`);
  if (value === undefined) {
    if (inline === undefined) return true;
    throw new UsageFailure(`argument ${flag}: expected no argument`);
  }
  if (inline !== undefined) return isList ? [checked(option, inline)] : checked(option, inline);
  const nextOption = rest.findIndex(resemblesOption);
  const count = nextOption === -1 ? rest.length : nextOption;
  if (isList) return rest.splice(0, count).map((text) => checked(option, text));
  const text = count === 0 ? valueIfBare : rest.shift();
  if (text !== undefined) return checked(option, text);
  throw new UsageFailure(`argument ${flag}: expected one argument`);
}

/** The rule of argparse. */
const resemblesOption = (argument: string): boolean =>
  /^-./.test(argument) && !/^-(\d+|\d*\.\d+)$/.test(argument) && !argument.includes(' ');

/** @throws UsageFailure for options that exclude or require each other */
function checkCombination(given: ReadonlyMap<string, OptionValue>, options: readonly OptionDefinition[]): void {
  for (const { flag, onlyWith, notWith } of options.filter(({ flag }) => given.has(flag))) {
    if (onlyWith !== undefined && !given.has(onlyWith)) {
      throw new UsageFailure(`argument ${flag}: not allowed without ${onlyWith}`);
    }
    if (notWith !== undefined && given.has(notWith)) {
      throw new UsageFailure(`argument ${flag}: not allowed with ${notWith}`);
    }
  }
}

/** @throws UsageFailure */
function checked({ flag, choices, integerFrom, integerTo }: OptionDefinition, text: string): string {
  if (choices !== undefined && !choices.includes(text)) {
    const hint = didYouMean(text, choices);
    throw new UsageFailure(`argument ${flag}: Invalid choice, valid choices are: ${choices.join(', ')}${hint}`);
  }
  if (integerFrom === undefined) return text;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= integerFrom && number <= (integerTo ?? number)) return text;
  const range = integerTo === undefined ? `of at least ${integerFrom}` : `from ${integerFrom} to ${integerTo}`;
  throw new UsageFailure(`argument ${flag}: invalid int value: '${text}' (must be a whole number ${range})`);
}
