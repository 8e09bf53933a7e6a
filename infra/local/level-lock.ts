import { ClassicLevel } from 'classic-level';

/**
 * Opens a LevelDB, or says that another process (or another part of this one) has it open. LevelDB locks its folder with the
 * operating system, which drops the lock when the process ends, however it ends: no pid to compare, nothing to go stale.
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
