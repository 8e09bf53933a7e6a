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
  /** While the pager has the terminal, Ctrl-C is for it, as with the AWS CLI: it would outlive us on the terminal otherwise. */
  leaveToPager<Result>(work: () => Promise<Result>): Promise<Result>;
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export function watchInterruption({ stderr }: Streams): Interruption {
  let text = '';
  let clean = () => {};
  let isLeftToPager = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const end = () => {
      if (signal === 'SIGINT' && isLeftToPager) return;
      // A second one ends it in any case, also where nobody reads stderr.
      process.off(signal, end);
      clean();
      stderr.write(text === '' ? '\n' : `\n${text}\n`, () => process.exit(CODES[signal]));
    };
    process.on(signal, end);
  }
  return {
    say(next) {
      text = next;
    },
    onEnd(next) {
      clean = next;
    },
    async leaveToPager(work) {
      isLeftToPager = true;
      try {
        return await work();
      } finally {
        isLeftToPager = false;
      }
    },
  };
}
