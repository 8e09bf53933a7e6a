import { readFileSync } from 'node:fs';
import { release, type } from 'node:os';

/** As the AWS CLI tells its own: the program's, Node's and the system's. */
export const versionLine = (): string =>
  `event-trackers/${packageVersion()} Node/${process.versions.node} ${type()}/${release()}`;

/** Of the package that this file is of: the sources are one folder below its root, what is built of them two. */
function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const content: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('package.json is not where this package has it');
}
