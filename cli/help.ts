import { optionsOf } from './arguments.ts';
import type { CommandDefinition, OptionDefinition } from './definition.ts';
import { UsageFailure } from './failures.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { didYouMeanCommand } from './nearest.ts';

const WIDTH = 80;
const INDENT = '   ';

const GENERAL_USAGE = `usage: event-trackers [options] <command> [parameters]
To see help text, you can run:

  event-trackers help
  event-trackers <command> help
`;

/** The words of the first command that occurs in a command line; empty if none does. */
export const wordsIn = (argv: readonly string[], commands: readonly CommandDefinition[]): readonly string[] =>
  argv.flatMap(
    (_, index) => commands.find(({ words }) => words.every((word, offset) => argv[index + offset] === word)) ?? [],
  )[0]?.words ?? [];

/** Printed before the message of a usage error: the options of the command, the commands of a group, or the general usage. */
export function usageOf(words: readonly string[], commands: readonly CommandDefinition[]): string {
  if (words.length === 0) return GENERAL_USAGE;
  const fitting = commands.filter((command) => words.every((word, index) => command.words[index] === word));
  const command = fitting.find((candidate) => candidate.words.length === words.length);
  if (command === undefined) {
    const lines = fitting.map((each) => `  event-trackers ${each.words.join(' ')} [parameters]`);
    return `usage:\n${lines.join('\n')}\n\nTo see help text, you can run:\n\n  event-trackers ${words.join(' ')} help\n`;
  }
  const name = `event-trackers ${command.words.join(' ')}`;
  // A no-break space keeps an option and its value on one line.
  const options = optionsOf(command).map((option) => `[${term(option).replaceAll(' ', '\u00a0')}]`);
  const synopsis = wrapped([...options, '[global\u00a0options]'].join(' '), 1).replaceAll('\u00a0', ' ');
  return `usage: ${name}\n${synopsis}\n\nTo see help text, you can run:\n\n  ${name} help\n`;
}

/**
 * The help of a command, or of all commands if there are no words, in the layout of the AWS CLI.
 * @throws UsageFailure if there is no such command
 */
export function helpOf(words: readonly string[], commands: readonly CommandDefinition[]): string {
  const fitting = commands.filter((command) => words.every((word, index) => command.words[index] === word));
  const [command] = fitting;
  if (command === undefined) {
    const typed = words.join(' ');
    // Also the groups, such as wait.
    const known = commands.flatMap((each) => each.words.map((_, index) => each.words.slice(0, index + 1).join(' ')));
    throw new UsageFailure(`no help for ${typed}: no such command${didYouMeanCommand(typed, known)}`);
  }
  return words.length === command.words.length ? commandHelp(command) : listHelp(words, fitting);
}

function listHelp(words: readonly string[], commands: readonly CommandDefinition[]): string {
  const name = ['event-trackers', ...words].join(' ');
  const summaries = commands.map((command) => `${INDENT}${command.words.join(' ')}\n${wrapped(command.summary, 2)}`);
  return sections([
    [
      'NAME',
      wrapped(`${name} - creates and manages Amazon Personalize event trackers through the provisioning service`, 1),
    ],
    ['SYNOPSIS', `${INDENT}${name} [options] <command> [parameters]`],
    ['COMMANDS', summaries.join('\n\n')],
    ['GLOBAL OPTIONS', GLOBAL_OPTIONS.map(optionHelp).join('\n\n')],
    [
      'SETUP',
      [
        `${INDENT}export EVENT_TRACKERS_ENDPOINT_URL=http://127.0.0.1:8787`,
        `${INDENT}export EVENT_TRACKERS_TOKEN_COMMAND='npm run --silent token -- --tenant acme'`,
        '',
        wrapped(
          'Or set endpoint_url and token_file or token_command in ~/.config/event-trackers/config. See docs/cli.md.',
          1,
        ),
      ].join('\n'),
    ],
    [
      'EXIT CODES',
      wrapped(
        '0 success; 130 Ctrl-C; 252 invalid command line; 253 invalid configuration or environment; 254 the service returned an error, or the creation failed; 255 any other error.',
        1,
      ),
    ],
  ]);
}

function commandHelp(command: CommandDefinition): string {
  const name = command.words.join(' ');
  const options = optionsOf(command);
  const synopsis = [
    `${INDENT}event-trackers ${name}`,
    ...options.map((option) => `${INDENT}${INDENT}[${term(option)}]`),
  ];
  return sections([
    ['NAME', wrapped(`${name} - ${command.summary}`, 1)],
    ['DESCRIPTION', command.description.map((paragraph) => wrapped(paragraph, 1)).join('\n\n')],
    ['SYNOPSIS', [...synopsis, `${INDENT}${INDENT}[global options]`].join('\n')],
    ['OPTIONS', options.map(optionHelp).join('\n\n')],
    ['GLOBAL OPTIONS', wrapped(`${GLOBAL_OPTIONS.map(({ flag }) => flag).join(', ')}. See event-trackers help.`, 1)],
    [
      'EXAMPLES',
      command.examples.map(({ text, command }) => `${INDENT}${text}\n\n${INDENT}${INDENT}${command}`).join('\n\n'),
    ],
    ['OUTPUT', wrapped(command.output, 1)],
  ]);
}

const sections = (all: readonly (readonly [string, string])[]): string =>
  all.flatMap(([title, text]) => (text === '' ? [] : [`${title}\n${text}\n`])).join('\n');

function term({ flag, value, isList, valueIfBare }: OptionDefinition): string {
  if (value === undefined) return flag;
  if (isList) return `${flag} ${value} [${value} ...]`;
  return valueIfBare === undefined ? `${flag} ${value}` : `${flag} [${value}]`;
}

const optionHelp = (option: OptionDefinition): string => {
  const refused = option.refused === undefined ? '' : `: ${option.refused}.`;
  return `${INDENT}${term(option)}\n${wrapped(`${option.help}${refused}`, 2)}`;
};

/** Wraps a text at 80 columns. `depth` is the number of indentation steps. */
function wrapped(text: string, depth: number): string {
  const indent = INDENT.repeat(depth);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${indent}${one}`).join('\n');
}
