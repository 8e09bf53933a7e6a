import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMMANDS } from './commands.ts';
import { WriteFailure, writeFailures } from './durable-map.ts';
import { openExclusively } from './level-lock.ts';

/** Marks a folder as a data folder, so that the runtime never writes to or empties another folder. */
const MARKER = '.event-trackers-data';
/** An empty LevelDB, used only for its lock, because Node has no file locks. */
const LOCK = 'lock';

/** A data folder that can't be used. The message is one line for the user, and names `--data`. */
export class DataFolderError extends Error {}

/** Whether the folder exists and belongs to a runtime. */
export const isDataFolder = (data: string): boolean => existsSync(join(data, MARKER));

/**
 * Creates the folder if necessary, marks it as a data folder, and closes it to other users of the machine (0700).
 * @throws DataFolderError if it can't be created or written, or contains files and is not a data folder
 */
export function openDataFolder(data: string): void {
  try {
    makeFolder(data);
    if (readdirSync(data).length > 0 && !isDataFolder(data)) {
      throw new DataFolderError(
        `The runtime does not use or empty ${data}: it contains files and is not the data folder of a runtime. Choose another folder with --data.`,
      );
    }
    // The marker is the first file, so that another runtime that opens the folder at the same time finds it.
    const text = `The state of a local event-trackers runtime. "${COMMANDS.startWith} --fresh" empties this folder.\n`;
    writeFileSync(join(data, MARKER), text, { mode: 0o600 });
    chmodSync(data, 0o700);
  } catch (error) {
    throw dataFolderError(data, error) ?? error;
  }
}

/** Creates one level at a time, because Node's recursive mkdir never returns below /proc. */
function makeFolder(data: string): void {
  if (existsSync(data)) return;
  if (dirname(data) !== data) makeFolder(dirname(data));
  mkdirSync(data, { mode: 0o700 });
}

/** Explanations of file system errors for the user. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file is in its place',
  EFBIG: 'a file would become larger than this user may write',
  EIO: 'the disk reports an error',
  EISDIR: 'a folder is in the place of a file',
  ENOENT: 'its path does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in its place',
  ERR_FS_EISDIR: 'a folder is in the place of a file',
  EPERM: 'this user may not use it',
  EROFS: 'the file system is read-only',
};

/** The message for the user if an error, or one of its causes, says that the data folder can't be read or written. */
export function dataFolderError(data: string, error: unknown): DataFolderError | undefined {
  if (!(error instanceof Error) || error instanceof DataFolderError) return undefined;
  const { code = '', path = '' } = error as NodeJS.ErrnoException;
  const isOfLevelDb = code === 'LEVEL_IO_ERROR' || code === 'LEVEL_CORRUPTION';
  const isOfPath = code in REASONS && path !== '' && (path.startsWith(data) || data.startsWith(path));
  const isOurs = error instanceof WriteFailure || isOfLevelDb || isOfPath;
  if (!isOurs) return dataFolderError(data, error.cause);
  const errno = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : code;
  const reason = errno in REASONS ? `${REASONS[errno]} (${errno})` : error.message;
  const remedy = code === 'LEVEL_CORRUPTION' ? 'Empty it with --fresh, or choose' : 'Choose';
  return new DataFolderError(`The data folder ${data} can't be used: ${reason}. ${remedy} another folder with --data.`);
}

/**
 * Returns a function that reports a write failure if the folder has been deleted or moved. Open files stay writable in that case, so no
 * write fails by itself.
 */
export function watchDataFolder(data: string): () => void {
  const marker = join(data, MARKER);
  const { ino } = statSync(marker);
  return () => {
    if (statSync(marker, { throwIfNoEntry: false })?.ino === ino) return;
    writeFailures.publish(new WriteFailure('it was deleted or moved while the runtime was using it'));
  };
}

/** @returns a function that releases the lock, or 'in use' if a runtime holds it */
export async function lockDataFolder(data: string): Promise<(() => Promise<void>) | 'in use'> {
  const level = await openExclusively(join(data, LOCK));
  return level === 'in use' ? level : () => level.close();
}

/** Removes all state from the folder. The caller must hold its lock. */
export function emptyDataFolder(data: string): void {
  for (const entry of readdirSync(data)) {
    if (entry !== MARKER && entry !== LOCK) rmSync(join(data, entry), { recursive: true, force: true });
  }
}
