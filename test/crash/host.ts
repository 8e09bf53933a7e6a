import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readRuntimeFile } from '../../infra/local/runtime-file.ts';
import { MAIN } from '../e2e/spawn-runtime.ts';

/** The URLs of a running runtime. */
export interface Running {
  readonly apiUrl: string;
  readonly awsUrl: string;
}

export interface HostOptions {
  readonly data: string;
  /** The file that receives the runtimes' output. */
  readonly log: string;
  readonly timeScale: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs one local runtime after another on the same data folder. */
export interface Host {
  readonly data: string;
  /** Returns the running runtime, or waits until the next one is ready. */
  running(): Promise<Running>;
  /** Whether a runtime is ready and has not been killed. */
  isUp(): boolean;
  /** Starts a runtime and waits until it is ready. @throws if it ends before it is ready */
  start(): Promise<void>;
  /** Starts a runtime and kills it `afterMs` later, ready or not. */
  startAndKill(afterMs: number): Promise<void>;
  /** Sends `kill -9` and waits until the process has ended. */
  kill(): Promise<void>;
  /** Sends SIGINT, as Ctrl-C does. Returns the exit code. */
  stop(): Promise<number | null>;
  /** Unexpected ends of runtimes: a crash, or a failed start. */
  readonly troubles: readonly string[];
}

/** How many characters of a crashed runtime's output are shown. */
const PRINTED_OUTPUT = 3_000;

export function createHost({ data, log, timeScale, environment }: HostOptions): Host {
  const output = createWriteStream(log, { flags: 'a' });
  const troubles: string[] = [];
  let child: ChildProcess | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  let isEnding = true;
  let isReady = false;
  let up = Promise.withResolvers<Running>();
  let printed = '';

  function launch(): Promise<void> {
    const flags = ['--port', '0', '--aws-port', '0', '--data', data, '--time-scale', String(timeScale)];
    const launched = spawn(process.execPath, [MAIN, ...flags], {
      env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'INFO', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = launched;
    isEnding = false;
    isReady = false;
    printed = '';
    output.write(`--- ${new Date().toISOString()} started\n`);
    const ready = Promise.withResolvers<void>();
    for (const stream of [launched.stdout, launched.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output.write(text);
        printed = `${printed}${text}`.slice(-PRINTED_OUTPUT);
        if (!isReady && !isEnding && child === launched && printed.includes('Ready: ')) announce(ready);
      });
    }
    exited = once(launched, 'exit').then(([code, signal]) => {
      if (!isEnding) {
        isEnding = true;
        markDown();
        troubles.push(`the runtime ended by itself (code ${code}, signal ${signal}): ${printed}`);
      }
      ready.resolve();
    });
    return ready.promise;
  }

  function announce(ready: PromiseWithResolvers<void>): void {
    const running = readRuntimeFile(data);
    if (running === undefined) {
      ready.reject(new Error('The runtime is ready but wrote no runtime.json.'));
      return;
    }
    isReady = true;
    up.resolve(running);
    ready.resolve();
  }

  /** Called before the signal. From now on `running()` waits for the next runtime. */
  function markDown(): void {
    if (isReady) up = Promise.withResolvers<Running>();
    isReady = false;
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    isEnding = true;
    markDown();
    const ending = child;
    ending?.kill(signal);
    await exited;
    output.write(`--- ${new Date().toISOString()} ended by ${signal}\n`);
    return ending?.exitCode ?? null;
  }

  return {
    data,
    troubles,
    running: () => up.promise,
    isUp: () => isReady,
    async start() {
      await launch();
      if (!isReady) throw new Error(troubles.at(-1) ?? 'The runtime did not start.');
    },
    async startAndKill(afterMs) {
      const launched = launch();
      launched.catch(() => {});
      await pause(afterMs);
      await end('SIGKILL');
    },
    async kill() {
      await end('SIGKILL');
    },
    async stop() {
      const code = await end('SIGINT');
      await new Promise<void>((done) => output.end(done));
      return code;
    },
  };
}
