import { optionsOf } from '../arguments.ts';
import type { CommandDefinition, OptionDefinition } from '../definition.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';

/** A command, or a group of commands such as `wait`, as completion scripts need it. */
export interface CompletedCommand {
  /** As typed, such as `wait event-tracker-active`; empty for the program. */
  readonly path: string;
  /** The words that can follow, with their summaries. */
  readonly subcommands: readonly { readonly word: string; readonly summary: string }[];
  readonly options: readonly OptionDefinition[];
}

/** All commands and groups. Global options belong to each of them. */
export function completedCommands(commands: readonly CommandDefinition[]): CompletedCommand[] {
  const paths = new Set([
    '',
    ...commands.flatMap(({ words }) => words.map((_, index) => words.slice(0, index + 1).join(' '))),
  ]);
  return [...paths].map((path) => {
    const words = path === '' ? [] : path.split(' ');
    const below = commands.filter((command) => words.every((word, index) => command.words[index] === word));
    const command = below.find((candidate) => candidate.words.length === words.length);
    const next = new Map(
      below.filter((each) => each !== command).map((each) => [each.words[words.length] ?? '', each]),
    );
    return {
      path,
      subcommands: [...next].map(([word, each]) => ({
        word,
        summary: each.words.length === words.length + 1 ? each.summary : `Commands of ${word}.`,
      })),
      options: command === undefined ? [] : optionsOf(command),
    };
  });
}

/** All options that take a value, without repetition. */
export function optionsWithValue(commands: readonly CommandDefinition[]): OptionDefinition[] {
  const options = [...GLOBAL_OPTIONS, ...commands.flatMap(optionsOf)].filter(({ value }) => value !== undefined);
  return [...new Map(options.map((option) => [option.flag, option])).values()];
}

export const SUPPORTED_GLOBAL_OPTIONS = GLOBAL_OPTIONS.filter(({ refused }) => refused === undefined);
