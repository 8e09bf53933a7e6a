import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for everything that a run of the tests and the processes they start (and kill) leave, removed with it. */
export default function temporaryFolder(): () => void {
  const former = process.env.TMPDIR;
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-tests-'));
  process.env.TMPDIR = folder;
  return () => {
    if (former === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = former;
    // A process that was killed a moment ago may still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
