import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { readRuntimeFile } from '../../infra/local/runtime-file.ts';

/** The entry of the local runtime: its bundle in a run of vitest (test/bundled-runtime.ts), else its source. */
export const MAIN = process.env.LOCAL_RUNTIME ?? resolve(import.meta.dirname, '../../infra/local/main.ts');

/** A runtime that is ready for requests. */
export interface SpawnedRuntime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
}

/** Starts a runtime on free ports and waits until it is ready. @throws Error with its output if it exits first */
export async function spawnRuntime(
  data: string,
  { args = [], environment = {} }: { args?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
): Promise<SpawnedRuntime> {
  const child = spawn(process.execPath, [MAIN, '--port', '0', '--aws-port', '0', '--data', data, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  await new Promise<void>((ready, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
        if (output.includes('Ready: ')) ready();
      });
    }
    exited.then(() => failed(new Error(`the runtime exited before it was ready:\n${output}`)), failed);
  });
  const running = readRuntimeFile(data);
  if (running === undefined) throw new Error(`the runtime is ready but wrote no runtime.json:\n${output}`);
  return { ...running, child, output: () => output };
}
