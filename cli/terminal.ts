import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './settings.ts';

/** A stream that may be a terminal, which has a width. */
export type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** The output streams of the process. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/**
 * Whether stderr is a terminal that can show a spinner. Excludes terminals of CI jobs, and terminals without a width, on which ora
 * loops forever.
 */
export const isInteractive = ({ stderr }: Streams, environment: Environment): boolean =>
  stderr.isTTY === true && (stderr.columns ?? 0) > 0 && environment.TERM !== 'dumb' && !environment.CI;

/** Whether to color the values of a table. NO_COLOR (no-color.org) applies to --color auto only. */
export function isColored(color: 'on' | 'off' | 'auto', { stdout }: Streams, environment: Environment): boolean {
  return color === 'on' || (color === 'auto' && stdout.isTTY === true && !environment.NO_COLOR);
}

/** Writes a text to stdout and waits until it is written. */
export async function write(stdout: Stream, text: string): Promise<void> {
  if (text === '') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  // If the write fails, the error event of the stream ends the process (main.ts).
  stdout.write(text, () => resolve());
  await promise;
}

/**
 * Shows a text in the pager if stdout is a terminal. Like the AWS CLI, sets LESS=FRX, so that less exits immediately if the text
 * fits on the screen. Without a pager, or if the pager can't be started, writes the text.
 */
export async function page(text: string, pager: string, { stdout }: Streams, environment: Environment): Promise<void> {
  if (pager === '' || stdout.isTTY !== true || text === '') {
    await write(stdout, text);
    return;
  }
  const child = spawn(pager, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...environment, LESS: environment.LESS ?? 'FRX' },
  });
  // A pager that is quit early closes its input; that is not an error.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const [code] = await once(child, 'close');
  // The shell's exit codes for a command that it can't find or run.
  if (code === 127 || code === 126) await write(stdout, text);
}
