import { ClassicLevel } from 'classic-level';

/**
 * Opens a LevelDB, or returns 'in use' if it is already open in this or another process. LevelDB uses a lock of the operating
 * system, which is released when the process ends in any way. So no lock can become stale.
 */
export async function openExclusively(directory: string): Promise<ClassicLevel<string, unknown> | 'in use'> {
  const level = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' });
  try {
    await level.open();
    return level;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') return 'in use';
    throw error;
  }
}
