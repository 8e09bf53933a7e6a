import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeEventTrackersCdk } from './cdk/write.ts';
import { writeEventTrackers } from './event-trackers.ts';
import { writeEventTrackersLocal } from './local/write.ts';
import { MANIFESTS, PACKAGE_NAMES, PACKAGES, type PackageName, ROOT } from './manifests.ts';

/**
 * `npm run pack [NAME…]`: writes the packages, or those that are named, to dist/packages/NAME and packs each to
 * dist/packages/NAME-VERSION.tgz. `npm run build` runs before it.
 */
const WRITERS: Readonly<Record<PackageName, (folder: string) => Promise<void>>> = {
  'event-trackers': writeEventTrackers,
  'event-trackers-local': writeEventTrackersLocal,
  'event-trackers-cdk': writeEventTrackersCdk,
};

/** @throws Error if the package cannot be written or packed */
async function pack(name: PackageName, write: (folder: string) => Promise<void>): Promise<void> {
  const folder = join(PACKAGES, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(MANIFESTS[name], null, 2)}\n`);
  await write(folder);
  const args = ['pack', '--json', '--silent', '--pack-destination', PACKAGES];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed in ${folder}: ${stderr}${stdout}`);
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(stdout);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${relative(ROOT, join(PACKAGES, filename))}: ${megabytes(size)}, ${megabytes(unpackedSize)} unpacked, ${entryCount} files`,
  );
}

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(WRITERS, name));
if (unknown === undefined) {
  for (const name of PACKAGE_NAMES) {
    if (asked.length === 0 || asked.includes(name)) await pack(name, WRITERS[name]);
  }
} else {
  console.error(`There is no package ${unknown}: ${Object.keys(WRITERS).join(', ')}`);
  process.exitCode = 2;
}
