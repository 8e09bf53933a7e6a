import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ListEventTrackersCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { local } from '../e2e/local-runtime.ts';
import { ROOT } from './pages.ts';

/** Folders that npm creates in a clone and Git ignores. */
const IGNORED = ['node_modules', 'dist', '.event-trackers'];

/** Creates a copy of this repository's files, after `npm ci` and `npm run build`, into which the blocks are pasted. */
export function cloneHere(): string {
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-clone-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
  for (const file of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    // Deleted files are still in the index.
    cpSync(join(ROOT, file), join(folder, file), { force: true, errorOnExist: false });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: folder });
  return folder;
}

/** The files of a clone that Git does not ignore. */
export const filesOf = (clone: string): string[] =>
  readdirSync(clone, { recursive: true, encoding: 'utf8' })
    .filter((file) => !IGNORED.some((name) => file === name || file.startsWith(`${name}/`)))
    .sort();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The local runtime (`npm start`) that a reader keeps running in another terminal, on other ports. */
export class Runtime {
  readonly #clone: string;
  readonly #apiPort: number;
  readonly #awsPort: number;
  #running: { readonly command: string; readonly npm: ChildProcess } | undefined;

  private constructor(clone: string, apiPort: number, awsPort: number) {
    this.#clone = clone;
    this.#apiPort = apiPort;
    this.#awsPort = awsPort;
  }

  static async of(clone: string): Promise<Runtime> {
    return new Runtime(clone, await freePort(), await freePort());
  }

  get awsUrl(): string {
    return `http://127.0.0.1:${this.#awsPort}`;
  }

  /** Replaces the ports in a page's text by those of this runtime. */
  atItsPorts = (text: string): string =>
    text
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${this.#apiPort}`)
      .replaceAll('127.0.0.1:4566', `127.0.0.1:${this.#awsPort}`);

  /** Starts a runtime with a command that begins with `npm start`, and waits until it is ready. @returns its output */
  async #start(command: string): Promise<{ npm: ChildProcess; output: string }> {
    const npm = spawn('bash', ['-c', command], {
      cwd: this.#clone,
      // In its own process group, as in a terminal.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        EVENT_TRACKERS_PORT: String(this.#apiPort),
        EVENT_TRACKERS_AWS_PORT: String(this.#awsPort),
      },
    });
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    while (!output.includes('Ready: ')) {
      if (npm.exitCode !== null) throw new Error(`${command} ended:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { npm, output };
  }

  /** Runs a command that begins with `npm start`: one on ports of its own beside the other and not for long, any other in its place. */
  async run(command: string): Promise<string> {
    const isBeside = command.includes('--port 0');
    if (!isBeside) await this.stop();
    const { npm, output } = await this.#start(command);
    if (isBeside) await interrupt(npm);
    else this.#running = { command, npm };
    return output;
  }

  /** Starts the runtime without flags. */
  async plain(): Promise<void> {
    if (this.#running?.command !== 'npm start') await this.run('npm start');
  }

  /** Starts the runtime without flags and with an empty data folder. */
  async fresh(): Promise<void> {
    await this.stop();
    rmSync(join(this.#clone, '.event-trackers'), { recursive: true, force: true });
    await this.plain();
  }

  async stop(): Promise<void> {
    if (this.#running !== undefined) await interrupt(this.#running.npm);
    this.#running = undefined;
  }

  /** The state that a page must not change: faults, timing, and the event trackers in Personalize. */
  async state(): Promise<unknown> {
    const personalize = new PersonalizeClient({
      endpoint: this.awsUrl,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { eventTrackers } = await personalize.send(new ListEventTrackersCommand({}));
    personalize.destroy();
    const timing = await local(this, 'GET', '/_simulator/timing');
    const faults = await local(this, 'GET', '/_faults');
    return { timing, faults, eventTrackers };
  }
}

/** Stops the runtime as Ctrl-C does. */
async function interrupt(npm: ChildProcess): Promise<void> {
  const exited = once(npm, 'exit');
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  await exited;
}
