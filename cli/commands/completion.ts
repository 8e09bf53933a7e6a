import { bashCompletion, fishCompletion, zshCompletion } from '../completion/scripts.ts';
import type { CommandDefinition } from '../definition.ts';

const SHELLS = [
  { shell: 'bash', script: bashCompletion, enable: 'source <(event-trackers completion bash)', file: '~/.bashrc' },
  { shell: 'zsh', script: zshCompletion, enable: 'source <(event-trackers completion zsh)', file: '~/.zshrc' },
  {
    shell: 'fish',
    script: fishCompletion,
    enable: 'event-trackers completion fish | source',
    file: '~/.config/fish/config.fish',
  },
] as const;

/** `completion SHELL`. @param commands returns all commands, including these */
export const completionOf = (commands: () => readonly CommandDefinition[]): CommandDefinition[] =>
  SHELLS.map(({ shell, script, enable, file }) => ({
    words: ['completion', shell],
    operation: 'Completion',
    summary: `Prints a completion script for ${shell}.`,
    description: [
      `Prints a script that makes ${shell} complete commands, options and their choices. To enable it, add this line to ${file}: ${enable}`,
    ],
    options: [],
    examples: [{ text: 'Print the script:', command: `event-trackers completion ${shell}` }],
    output: 'The script.',
    run: (context) => context.write(script(commands())),
  }));
