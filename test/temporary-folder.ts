import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates one temporary folder for a test run and all its processes, and removes it after the run. */
export default function temporaryFolder(): () => void {
  const former = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-tests-'));
  process.env.TMPDIR = folder;
  return () => {
    if (former === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = former;
    // A process that was just killed may still be writing.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
