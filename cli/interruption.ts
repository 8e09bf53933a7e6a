import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Streams } from './terminal.ts';

/**
 * Handles Ctrl-C and SIGTERM: the process exits immediately with 130 or 143 and prints how to resume. An accepted request
 * continues in the service.
 */
export interface Interruption {
  /** Sets the message to print on an interruption; empty for none. */
  setMessage(text: string): void;
  /** Restores the terminal before the process exits. */
  onEnd(clean: () => void): void;
  /** While the pager owns the terminal, it handles Ctrl-C, like with the AWS CLI. Otherwise it would outlive this process. */
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
      // A second signal ends the process even if nothing reads stderr.
      process.off(signal, end);
      clean();
      stderr.write(text === '' ? '\n' : `\n${text}\n`, () => process.exit(CODES[signal]));
    };
    process.on(signal, end);
  }
  return {
    setMessage(next) {
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
        // The pager's end can be reported before the Ctrl-C that ended it, which then waits in the event loop.
        await nextTurn();
        isLeftToPager = false;
      }
    },
  };
}
