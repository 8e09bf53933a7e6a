import type { Streams } from './terminal.ts';

/**
 * What Ctrl-C and SIGTERM do: the process ends at once with 130 or 143, what was accepted goes on, and stderr says how to go on
 * with it.
 */
export interface Interruption {
  /** What to say from now on; nothing until it is set. */
  say(text: string): void;
  /** What is to be undone on the terminal first. */
  onEnd(clean: () => void): void;
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export function watchInterruption({ stderr }: Streams): Interruption {
  let text = '';
  let clean = () => {};
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      clean();
      stderr.write(text === '' ? '\n' : `\n${text}\n`, () => process.exit(CODES[signal]));
    });
  }
  return {
    say(next) {
      text = next;
    },
    onEnd(next) {
      clean = next;
    },
  };
}
