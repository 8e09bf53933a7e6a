import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { controlsOf, type LocalRuntime } from './local-runtime.ts';
import { type LocalRuntimeOptions, TEST_TIMING } from './options.ts';
import { MAIN } from './program.ts';
import { openSubscribers } from './subscribers.ts';

/** What programs need of the environment. The runtime must not depend on any other variable of the test's process. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'NODE_COMPILE_CACHE'];
const STOPS_WITHIN_MS = 10_000;

/**
 * Starts a runtime of its own on free ports, and waits until it is ready. As many can run in parallel as the machine has room for. It ends
 * with this process at the latest.
 * @throws Error with what the runtime printed if it does not start: for example, the flag and the rule that it breaks
 */
export async function startLocalRuntime(options: LocalRuntimeOptions = {}): Promise<LocalRuntime> {
  const data =
    options.data === undefined ? mkdtempSync(join(tmpdir(), 'event-trackers-local-')) : resolve(options.data);
  const subscribers = await openSubscribers(options.subscribers);
  const removeData = () => options.data === undefined && rmSync(data, { recursive: true, force: true });
  const child = spawnMain(data, options, subscribers.flags);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'exit');
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= end(child, exited).finally(() => {
      subscribers.close();
      removeData();
    });
    return stopped;
  };
  try {
    const running = await ready(child, exited, () => output);
    letGo(child);
    const controls = controlsOf({ ...running, data });
    await controls.timing({ ...TEST_TIMING, ...options.timing });
    await subscribers.connect(running.awsUrl);
    return { ...controls, output: () => output, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnMain(data: string, options: LocalRuntimeOptions, targets: readonly string[]): ChildProcess {
  const { timeScale = 0.05, flags = [], environment = {} } = options;
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const args = [
    '--port',
    '0',
    '--aws-port',
    '0',
    '--data',
    data,
    '--time-scale',
    String(timeScale),
    ...targets,
    ...flags,
  ];
  // The compiled code makes the next start faster. In the user's own folder, because others could write to /tmp.
  const compiled = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'event-trackers');
  return spawn(process.execPath, [MAIN, ...args], {
    env: { NODE_COMPILE_CACHE: compiled, ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

type Addresses = Pick<LocalRuntime, 'apiUrl' | 'awsUrl' | 'pid'>;

/** @throws Error with the output of the runtime if it ends before it is ready */
async function ready(child: ChildProcess, exited: Promise<unknown>, output: () => string): Promise<Addresses> {
  const running = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (running === undefined) throw new Error(`The local runtime did not start:\n${output().trim()}`);
  return running[0] as Addresses;
}

/** A test that forgets to stop the runtime still ends. The runtime then notices that the channel is closed, and ends too. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null && 'unref' in stream) (stream.unref as () => void)();
}

/** Ends the process, at the latest after ten seconds. */
async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}
