import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openExclusively } from './level-lock.ts';
import { UsageError } from './options.ts';

/** Marks a folder as a data folder, so that the runtime never writes to or empties another folder. */
const MARKER = '.event-trackers-data';
/** An empty LevelDB, used only for its lock, because Node has no file locks. */
const LOCK = 'lock';

/**
 * Creates the folder if necessary, marks it as a data folder, and closes it to other users of the machine (0700).
 * @throws UsageError if it can't be created, or contains files and is not a data folder
 */
export function openDataFolder(data: string): void {
  makeFolder(data);
  const marker = join(data, MARKER);
  if (readdirSync(data).length > 0 && !existsSync(marker)) {
    throw new UsageError(
      `The runtime does not use or empty ${data}: it contains files and is not the data folder of a runtime. Choose another folder with --data.`,
    );
  }
  // The marker is the first file, so that another runtime that opens the folder at the same time finds it.
  writeFileSync(marker, 'The state of a local event-trackers runtime. "npm start -- --fresh" empties this folder.\n', {
    mode: 0o600,
  });
  chmodSync(data, 0o700);
}

/** @throws UsageError with the system's error code if the folder can't be created */
function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`The data folder ${data} can't be created (${code}). Choose another folder with --data.`);
  }
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
