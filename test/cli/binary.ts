import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
export const BINARY = resolve(ROOT, 'bin/event-trackers.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with everything on stderr so far whenever more arrives. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** The environment of a child process, without anything that configures AWS or the command line. */
export const bareEnvironment = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  TZ: 'UTC',
  AWS_EC2_METADATA_DISABLED: 'true',
  // The binary itself keeps this cache in the user's home folder.
  NODE_COMPILE_CACHE: resolve(ROOT, 'node_modules/.cache/event-trackers-compiled'),
});

/** Runs the binary in its own process, with its output in pipes. */
export async function eventTrackers(
  args: readonly string[],
  { environment = {}, cwd = ROOT, onStderr }: RunOptions = {},
): Promise<Ended> {
  return ended(process.execPath, [BINARY, ...args], { environment, cwd, ...(onStderr && { onStderr }) });
}

/** Runs a program until it exits. */
export async function ended(
  program: string,
  args: readonly string[],
  { environment = {}, cwd = ROOT, onStderr }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(program, [...args], {
    cwd,
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(stderr, (signal) => child.kill(signal));
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** The JSON output of a successful run. @throws Error if the run failed */
export function jsonOf({ code, stdout, stderr }: Ended) {
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
