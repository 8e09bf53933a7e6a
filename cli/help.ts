import { optionsOf } from './arguments.ts';
import type { CommandDefinition, OptionDefinition } from './definition.ts';
import { UsageFailure } from './failures.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

const WIDTH = 80;
const INDENT = '   ';

/** What stands before the message of a command line that can't be parsed. */
export const USAGE = `usage: event-trackers [options] <command> [parameters]
To see help text, you can run:

  event-trackers help
  event-trackers <command> help
`;

/**
 * The help of a command, or of the whole without words, laid out as the AWS CLI's.
 * @throws UsageFailure where there is no such command
 */
export function helpOf(words: readonly string[], commands: readonly CommandDefinition[]): string {
  const fitting = commands.filter((command) => words.every((word, index) => command.words[index] === word));
  const [command] = fitting;
  if (command === undefined) throw new UsageFailure(`there is no help on ${words.join(' ')}: no such command`);
  return words.length === command.words.length ? commandHelp(command) : listHelp(words, fitting);
}

function listHelp(words: readonly string[], commands: readonly CommandDefinition[]): string {
  const name = ['event-trackers', ...words].join(' ');
  const told = commands.map((command) => `${INDENT}${command.words.join(' ')}\n${wrapped(command.summary, 2)}`);
  return sections([
    ['NAME', wrapped(`${name} - event trackers of Amazon Personalize, by the provisioning service`, 1)],
    ['SYNOPSIS', `${INDENT}${name} [options] <command> [parameters]`],
    ['COMMANDS', told.join('\n\n')],
    ['GLOBAL OPTIONS', GLOBAL_OPTIONS.map(optionHelp).join('\n\n')],
    [
      'SETUP',
      [
        `${INDENT}export EVENT_TRACKERS_ENDPOINT_URL=http://127.0.0.1:8787`,
        `${INDENT}export EVENT_TRACKERS_TOKEN_COMMAND='npm run --silent token -- --tenant acme'`,
        '',
        wrapped(
          'Or the same in ~/.config/event-trackers/config: endpoint_url, token_file, token_command, region, output. See docs/cli.md.',
          1,
        ),
      ].join('\n'),
    ],
    [
      'EXIT CODES',
      wrapped(
        '0 done; 130 Ctrl-C; 252 the command line is wrong; 253 the configuration is; 254 the service refused; 255 anything else.',
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
    ['GLOBAL OPTIONS', wrapped(`${GLOBAL_OPTIONS.map(({ flag }) => flag).join(', ')}: event-trackers help`, 1)],
    [
      'EXAMPLES',
      command.examples.map(({ text, command }) => `${INDENT}${text}\n\n${INDENT}${INDENT}${command}`).join('\n\n'),
    ],
    ['OUTPUT', wrapped(command.output, 1)],
  ]);
}

const sections = (all: readonly (readonly [string, string])[]): string =>
  all.map(([title, text]) => `${title}\n${text}\n`).join('\n');

function term({ flag, value, isList, valueIfBare }: OptionDefinition): string {
  if (value === undefined) return flag;
  if (isList) return `${flag} ${value} [${value} ...]`;
  return valueIfBare === undefined ? `${flag} ${value}` : `${flag} [${value}]`;
}

const optionHelp = (option: OptionDefinition): string => {
  const refused = option.refused === undefined ? '' : ` Because ${option.refused}.`;
  return `${INDENT}${term(option)}\n${wrapped(`${option.help}${refused}`, 2)}`;
};

/** In lines of at most 80 columns, so many steps from the left. */
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
