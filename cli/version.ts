import { createRequire } from 'node:module';
import { release, type } from 'node:os';

/** Like the AWS CLI's: the versions of the program, Node and the system. */
export function versionLine(): string {
  // By the package's own name, because the built files are one folder deeper than the sources.
  const { version } = createRequire(import.meta.url)('event-trackers/package.json');
  return `event-trackers/${version} Node/${process.versions.node} ${type()}/${release()}`;
}
