import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** Creates another copy of a clone, which has been built. */
export function anotherOf(clone: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-clone-'));
  cpSync(clone, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
