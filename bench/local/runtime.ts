import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRuntimeFile } from '../../infra/local/runtime-file.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A local runtime, as `npm start` runs it. */
export interface LocalRuntime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly data: string;
  /** From `npm start` to the line that says "Ready", in seconds. */
  readonly readySeconds: number;
  /** Its resident memory now, and the most that it was, in MB. Without /proc, both are the present one. */
  memory(): { readonly now: number; readonly peak: number };
  /** Ends it with SIGKILL, and npm with it. */
  kill(): Promise<void>;
}

/** Starts a runtime on free ports, whose waits take no time. @throws Error with its output if it exits before it is ready */
export async function startRuntime(data: string): Promise<LocalRuntime> {
  const started = performance.now();
  const args = ['--port', '0', '--aws-port', '0', '--data', data, '--time-scale', '0.001'];
  const npm = spawn('npm', ['start', '--silent', '--', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(npm, 'close');
  await ready(npm, exited);
  const readySeconds = (performance.now() - started) / 1000;
  const running = readRuntimeFile(data);
  if (running === undefined) throw new Error(`The runtime is ready, but there is no runtime.json in ${data}.`);
  const { pid, apiUrl, awsUrl } = running;
  return {
    ...{ apiUrl, awsUrl, data, readySeconds },
    memory: () => memoryOf(pid),
    async kill() {
      process.kill(pid, 'SIGKILL');
      await exited;
    },
  };
}

async function ready({ stdout, stderr }: ChildProcess, exited: Promise<unknown>): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        // Only its end: a runtime that takes over thousands of records says so in a line each.
        output = `${output}${text}`.slice(-4_000);
        if (output.includes('Ready: ')) resolve();
      });
    }
    exited.then(() => reject(new Error(`The runtime exited before it was ready:\n${output}`)), reject);
  });
}

function memoryOf(pid: number): { now: number; peak: number } {
  const path = `/proc/${pid}/status`;
  if (existsSync(path)) {
    const status = readFileSync(path, 'utf8');
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
    return { now: kilobytes('VmRSS') / 1024, peak: kilobytes('VmHWM') / 1024 };
  }
  const now = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
  return { now, peak: now };
}
