import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { dataFolderError, emptyDataFolder, lockDataFolder, openDataFolder, watchDataFolder } from './data-folder.ts';
import { type Options, runtimeFileOf } from './options.ts';

const runningSchema = z.object({ apiUrl: z.string(), awsUrl: z.string(), pid: z.int() });

/** The content of runtime.json while the runtime is running. */
export type Running = Readonly<z.infer<typeof runningSchema>>;

export interface DataFolder {
  /** Writes runtime.json atomically, readable by this user only. */
  publish(running: Running): void;
  /** Reports a write failure if the folder was deleted or moved. */
  readonly check: () => void;
  /** Removes runtime.json if this process wrote it, and releases the folder. */
  release(): Promise<void>;
}

/**
 * Claims the data folder until it is released or the process ends. With `fresh`, empties it. The owner is determined by a lock
 * that is released with its process (data-folder.ts), not by the pid in runtime.json: a killed runtime leaves that file behind, and
 * another process may have its pid now.
 * @throws Error with a message for the user if another runtime uses the folder, or it contains files and is not a data folder
 */
export async function claimDataFolder({ data, fresh }: Pick<Options, 'data' | 'fresh'>): Promise<DataFolder> {
  openDataFolder(data);
  const unlock = await lockDataFolder(data);
  if (unlock === 'in use') throw new Error(inUse(data));
  if (fresh) emptyDataFolder(data);
  const file = runtimeFileOf(data);
  // Left behind by a killed runtime. Readers would use the wrong ports.
  rmSync(file, { force: true });
  const removeFile = () => {
    try {
      if (readRuntimeFile(data)?.pid === process.pid) rmSync(file, { force: true });
    } catch (error) {
      // The folder became read-only, and the runtime ends for that reason. The next start removes the file.
      if (dataFolderError(data, error) === undefined) throw error;
    }
  };
  // Also on process.exit. Only a kill leaves the file behind.
  process.once('exit', removeFile);
  return {
    check: watchDataFolder(data),
    publish(running) {
      writeFileSync(`${file}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    async release() {
      process.off('exit', removeFile);
      removeFile();
      await unlock();
    },
  };
}

function inUse(data: string): string {
  const running = readRuntimeFile(data);
  const state =
    running === undefined ? 'already starting' : `already running as pid ${running.pid} at ${running.apiUrl}`;
  return `A runtime is ${state}, on the data folder ${data}. Stop it, or choose another folder with --data.`;
}

/**
 * The content of runtime.json; undefined if it is missing or invalid. After a kill, the file is stale until the next start on the
 * folder. To check, compare the pid with that of `GET awsUrl/_health`.
 */
export function readRuntimeFile(data: string): Running | undefined {
  let text: string;
  try {
    text = readFileSync(runtimeFileOf(data), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return runningSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
