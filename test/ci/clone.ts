import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ListEventTrackersCommand, PersonalizeClient } from '@aws-sdk/client-personalize';
import { local } from '../e2e/local-runtime.ts';
import { ROOT } from './pages.ts';

/** What a clone has besides its files: made by npm, and ignored by Git. */
const IGNORED = ['node_modules', 'dist', '.event-trackers'];

/** A copy of this repository's files, with `npm ci` and `npm run build` done, in which a reader pastes. */
export function cloneHere(): string {
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-clone-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
  for (const file of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    // One that was deleted is still in the index.
    cpSync(join(ROOT, file), join(folder, file), { force: true, errorOnExist: false });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: folder });
  return folder;
}

/** The files of a clone that Git would see. */
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

/** The local runtime that a reader keeps running in another terminal: `npm start`, on ports of its own. */
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

  /** A text of a page, with the ports that the runtime has here. */
  atItsPorts = (text: string): string =>
    text
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${this.#apiPort}`)
      .replaceAll('127.0.0.1:4566', `127.0.0.1:${this.#awsPort}`);

  /** Starts a runtime by a command that begins with `npm start`, and waits until it is ready. @returns what it printed */
  async #start(command: string): Promise<{ npm: ChildProcess; output: string }> {
    const npm = spawn('bash', ['-c', command], {
      cwd: this.#clone,
      // A process group of its own, as a terminal gives one.
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

  /** The runtime without flags. */
  async plain(): Promise<void> {
    if (this.#running?.command !== 'npm start') await this.run('npm start');
  }

  /** One without flags, and without a past. */
  async fresh(): Promise<void> {
    await this.stop();
    rmSync(join(this.#clone, '.event-trackers'), { recursive: true, force: true });
    await this.plain();
  }

  async stop(): Promise<void> {
    if (this.#running !== undefined) await interrupt(this.#running.npm);
    this.#running = undefined;
  }

  /** What a page must leave as it was: faults, times, and the event trackers in Personalize. */
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

/** Ctrl-C. */
async function interrupt(npm: ChildProcess): Promise<void> {
  const exited = once(npm, 'exit');
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  await exited;
}
