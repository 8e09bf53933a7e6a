import type { CommandDefinition } from '../definition.ts';
import { completedCommands, optionsWithValue, SUPPORTED_GLOBAL_OPTIONS } from './model.ts';

/*
 * Completion scripts are static, so that no process starts when Tab is pressed. They find the command among the typed words, and offer
 * its options and subcommands, or the choices of the option before the cursor.
 */

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const indented = (lines: readonly string[], depth: number): string =>
  lines.map((line) => `${' '.repeat(depth)}${line}`).join('\n');

/** The parts that bash and zsh share: patterns of commands, and the candidates of each. */
function parts(commands: readonly CommandDefinition[]) {
  const all = completedCommands(commands);
  const globals = SUPPORTED_GLOBAL_OPTIONS.map(({ flag }) => flag);
  const candidates = all.map(({ path, subcommands, options }) => ({
    path,
    words: [...subcommands.map(({ word }) => word), 'help', ...options.map(({ flag }) => flag), ...globals],
  }));
  const values = optionsWithValue(commands);
  return {
    paths: all.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' | '),
    candidates,
    choices: values.filter(({ choices }) => choices !== undefined),
    // The value of any other option is the person's own; the shell completes files.
    others: values.filter(({ choices, valueIfBare }) => choices === undefined && valueIfBare === undefined),
  };
}

export function bashCompletion(commands: readonly CommandDefinition[]): string {
  const { paths, candidates, choices, others } = parts(commands);
  const list = (words: readonly string[]) => `candidates=(${words.map(quoted).join(' ')})`;
  return `# Completion of event-trackers for bash. Add to ~/.bashrc: source <(event-trackers completion bash)
_event_trackers() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= word candidates=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "\${command:+$command }$word" in
      ${paths}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$previous" in
${indented(
  choices.map(({ flag, choices = [] }) => `${flag}) ${list(choices)} ;;`),
  4,
)}
    ${others.map(({ flag }) => flag).join(' | ')}) return ;;
    *)
      case "$command" in
${indented(
  candidates.map(({ path, words }) => `${quoted(path)}) ${list(words)} ;;`),
  8,
)}
      esac
      ;;
  esac
  COMPREPLY=()
  for word in "\${candidates[@]}"; do
    word=\${word// /\\\\ }
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}
complete -o default -F _event_trackers event-trackers
`;
}

export function zshCompletion(commands: readonly CommandDefinition[]): string {
  const { paths, candidates, choices, others } = parts(commands);
  const add = (words: readonly string[]) => `compadd -- ${words.map(quoted).join(' ')}`;
  return `#compdef event-trackers
# Completion of event-trackers for zsh. Add to ~/.zshrc, after compinit: source <(event-trackers completion zsh)
_event_trackers() {
  local command= word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command:+$command }$word" in
      (${paths}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$words[CURRENT-1]" in
${indented(
  choices.map(({ flag, choices = [] }) => `(${flag}) ${add(choices)} ;;`),
  4,
)}
    (${others.map(({ flag }) => flag).join(' | ')}) _files ;;
    (*)
      case "$command" in
${indented(
  candidates.map(({ path, words }) => `(${quoted(path)}) ${add(words)} ;;`),
  8,
)}
      esac
      ;;
  esac
}
compdef _event_trackers event-trackers
`;
}

export function fishCompletion(commands: readonly CommandDefinition[]): string {
  const lines = completedCommands(commands).flatMap(({ path, subcommands, options }) => {
    const below = subcommands.map(({ word }) => word).join(' ');
    const isHere = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`;
    const isNext = path === '' || below === '' ? isHere : `${isHere}; and not __fish_seen_subcommand_from ${below}`;
    return [
      ...subcommands.map(({ word, summary }) => `-n ${quoted(isNext)} -f -a ${word} -d ${quoted(summary)}`),
      ...options.map((option) => `-n ${quoted(isHere)} ${fishOption(option)}`),
    ];
  });
  const globals = SUPPORTED_GLOBAL_OPTIONS.map(fishOption);
  return `# Completion of event-trackers for fish. Add to ~/.config/fish/config.fish: event-trackers completion fish | source
${[...lines, ...globals].map((line) => `complete -c event-trackers ${line}`).join('\n')}
`;
}

function fishOption({ flag, value, valueIfBare, choices, help }: CommandDefinition['options'][number]): string {
  const [sentence = ''] = help.split(/(?<=\.) /);
  const values = choices === undefined ? '' : ` -a ${quoted(choices.map((choice) => `"${choice}"`).join(' '))}`;
  const argument = value === undefined ? '' : choices === undefined ? ' -r' : valueIfBare === undefined ? ' -x' : ' -f';
  return `-l ${flag.slice(2)}${argument}${values} -d ${quoted(sentence)}`;
}
