import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './settings.ts';

/** A stream that may be a terminal, and knows its width then. */
export type Stream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What of a process's streams the command line uses. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/**
 * Whether stderr is a terminal that a spinner can move on; CI's is none, and none is one that tells no width, by which ora would
 * count lines without end.
 */
export const isInteractive = ({ stderr }: Streams, environment: Environment): boolean =>
  stderr.isTTY === true && (stderr.columns ?? 0) > 0 && environment.TERM !== 'dumb' && !environment.CI;

/** Whether values in a table are colored, by --color; NO_COLOR (no-color.org) is for auto. */
export function isColored(color: 'on' | 'off' | 'auto', { stdout }: Streams, environment: Environment): boolean {
  return color === 'on' || (color === 'auto' && stdout.isTTY === true && !environment.NO_COLOR);
}

/** Writes a text to stdout and waits until it is out of our hands. */
export async function write(stdout: Stream, text: string): Promise<void> {
  if (text === '') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  // Where it can't be written the stream's own error event ends the process (main.ts).
  stdout.write(text, () => resolve());
  await promise;
}

/**
 * Shows a text in the pager where stdout is a terminal, as the AWS CLI does: `less` gets LESS=FRX, by which a text that fits is
 * printed and that is it. Without a pager, or where it can't be started, the text is written.
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
  // Who quits the pager early has seen enough.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const [code] = await once(child, 'close');
  // The shell's own codes for a command that it can't find or run.
  if (code === 127 || code === 126) await write(stdout, text);
}
