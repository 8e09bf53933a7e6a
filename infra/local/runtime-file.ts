import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Options, runtimeFileOf } from './options.ts';

/** What runtime.json holds while the runtime runs. */
export interface Running {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly pid: number;
}

/** Marks a folder as a runtime's own, so that --fresh never empties another one. */
const MARKER = '.event-trackers-data';

export interface DataFolder {
  /** Writes runtime.json. */
  publish(running: Running): void;
  /** Removes runtime.json, if it is this process's. */
  release(): void;
}

/**
 * Makes the data folder this runtime's own (mode 0700), and empties it when `fresh` is asked for.
 * @throws Error in plain words when a runtime runs on it, or it is to be emptied and is not a runtime's
 */
export async function claimDataFolder({ data, fresh }: Pick<Options, 'data' | 'fresh'>): Promise<DataFolder> {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const running = await findRunning(data);
  if (running) {
    throw new Error(
      `A runtime runs on ${data} already: pid ${running.pid}, API ${running.apiUrl}. Stop it, or choose another folder with --data.`,
    );
  }
  if (fresh) empty(data);
  closeSync(openSync(join(data, MARKER), 'a', 0o600));
  const file = runtimeFileOf(data);
  return {
    publish(published) {
      writeFileSync(`${file}.new`, `${JSON.stringify(published, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    release() {
      if (readRuntimeFile(data)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** What runtime.json says, or nothing where there is none or it can't be read as one. */
export function readRuntimeFile(data: string): Running | undefined {
  const file = runtimeFileOf(data);
  if (!existsSync(file)) return undefined;
  try {
    const { apiUrl, awsUrl, pid } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Running>;
    return typeof apiUrl === 'string' && typeof awsUrl === 'string' && typeof pid === 'number'
      ? { apiUrl, awsUrl, pid }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The runtime that runs on this folder. A pid may have been given to another process by now, so the one that the file
 * names must answer at its own address and say that it is the one; a file that a killed runtime left behind is stale.
 */
export async function findRunning(data: string): Promise<Running | undefined> {
  const running = readRuntimeFile(data);
  if (running === undefined) return undefined;
  try {
    const response = await fetch(`${running.awsUrl}/_health`, { signal: AbortSignal.timeout(2_000) });
    const health = (await response.json()) as { pid?: unknown };
    return health.pid === running.pid ? running : undefined;
  } catch {
    // Nobody listens there, or somebody else does.
    return undefined;
  }
}

function empty(data: string): void {
  const entries = readdirSync(data);
  if (entries.length > 0 && !entries.includes(MARKER)) {
    throw new Error(`--fresh does not empty ${data}: it is not empty, and not the data folder of a runtime.`);
  }
  for (const entry of entries) rmSync(join(data, entry), { recursive: true, force: true });
}
