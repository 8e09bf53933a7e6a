import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { emptyDataFolder, lockDataFolder, openDataFolder } from './data-folder.ts';
import { type Options, runtimeFileOf } from './options.ts';

const runningSchema = z.object({ apiUrl: z.string(), awsUrl: z.string(), pid: z.int() });

/** What runtime.json holds while the runtime runs. */
export type Running = Readonly<z.infer<typeof runningSchema>>;

export interface DataFolder {
  /** Writes runtime.json, whole or not at all, for this user only. */
  publish(running: Running): void;
  /** Removes runtime.json, if it is this process's, and lets go of the folder. */
  release(): Promise<void>;
}

/**
 * Makes the data folder this runtime's own until it is released or the process ends, and empties it when `fresh` is asked
 * for. Who has the folder is decided by a lock that dies with its holder (data-folder.ts), not by the pid in runtime.json:
 * a killed runtime leaves that file behind, and its pid may be another process's by now.
 * @throws Error in plain words when a runtime runs on it, or it holds files and is not a runtime's
 */
export async function claimDataFolder({ data, fresh }: Pick<Options, 'data' | 'fresh'>): Promise<DataFolder> {
  openDataFolder(data);
  const unlock = await lockDataFolder(data);
  if (unlock === 'in use') throw new Error(inUse(data));
  if (fresh) emptyDataFolder(data);
  const file = runtimeFileOf(data);
  // Of a runtime that was killed: whoever reads it now would look for us at the wrong ports.
  rmSync(file, { force: true });
  const removeFile = () => {
    if (readRuntimeFile(data)?.pid === process.pid) rmSync(file, { force: true });
  };
  // Also where the process ends in a hurry: only a kill leaves the file behind.
  process.once('exit', removeFile);
  return {
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
  const who = running === undefined ? 'already starting' : `already running as pid ${running.pid} at ${running.apiUrl}`;
  return `A runtime is ${who}, on the data folder ${data}. Stop it, or choose another folder with --data.`;
}

/**
 * What runtime.json says, or nothing where there is none or it can't be read as one. After a kill it is stale until the next
 * start on the folder: who needs to know asks `GET awsUrl/_health` for the pid.
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
