import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openExclusively } from './level-lock.ts';
import { UsageError } from './options.ts';

/** Marks a folder as a runtime's own, so that neither state nor --fresh ever touches another one. */
const MARKER = '.event-trackers-data';
/** An empty LevelDB, kept only for the lock that its holder has on it: Node has no file locks of its own. */
const LOCK = 'lock';

/**
 * Makes the folder if it is missing, marks it as a runtime's, and closes it to other users of the machine (0700).
 * @throws UsageError when it can't be made, or holds files and is not a runtime's
 */
export function openDataFolder(data: string): void {
  makeFolder(data);
  const marker = join(data, MARKER);
  if (readdirSync(data).length > 0 && !existsSync(marker)) {
    throw new UsageError(
      `The runtime does not empty or use ${data}: it holds files, and is not the data folder of a runtime. Choose another with --data.`,
    );
  }
  // The marker comes before any other file, so that whoever opens the folder at the same time finds it.
  writeFileSync(marker, 'The state of a local event-trackers runtime. "npm start -- --fresh" empties this folder.\n', {
    mode: 0o600,
  });
  chmodSync(data, 0o700);
}

/** @throws UsageError with the system's own code, where the folder can't be made */
function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`The data folder ${data} can't be made (${code}). Choose another with --data.`);
  }
}

/** @returns what gives the lock back, or 'in use' when a runtime has it */
export async function lockDataFolder(data: string): Promise<(() => Promise<void>) | 'in use'> {
  const level = await openExclusively(join(data, LOCK));
  return level === 'in use' ? level : () => level.close();
}

/** Removes all state from a folder whose lock the caller holds. */
export function emptyDataFolder(data: string): void {
  for (const entry of readdirSync(data)) {
    if (entry !== MARKER && entry !== LOCK) rmSync(join(data, entry), { recursive: true, force: true });
  }
}
