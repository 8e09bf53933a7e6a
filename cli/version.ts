import { readFileSync } from 'node:fs';
import { release, type } from 'node:os';

/** Like the AWS CLI's: the versions of the program, Node and the system. */
export const versionLine = (): string =>
  `event-trackers/${packageVersion()} Node/${process.versions.node} ${type()}/${release()}`;

/** The version in package.json, one folder above the source and two above the built file. */
function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const content: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('package.json not found');
}
