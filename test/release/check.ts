import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, VERSION } from '../../tools/packages/manifests.ts';
import { run } from '../ci/packages.ts';
import { changelogProblems } from './changelog.ts';
import { installPackages, newestNode, usePackages } from './use-packages.ts';

/*
 * `npm run release:check`: whether the commit that is checked out can be released. It goes through all checks, says what to do about each that
 * fails, and exits with 1 if one does. It installs from the registry and takes some minutes; `npm test` and `npm run test:ci` are not part of it.
 */

/** A check throws what is wrong. */
type Check = readonly [name: string, check: () => void];

const git = (...args: string[]): string => run('git', args, ROOT).trim();
const script = (name: string, ...args: string[]): string => run('npm', ['run', '--silent', name, '--', ...args], ROOT);

function requireClean(advice: string): void {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new Error(`${advice}\n${changed}`);
}

function requireNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

const lock = (): { version: string } => JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

const SOURCES: readonly Check[] = [
  ['the working tree is clean', () => requireClean('Commit or remove:')],
  [
    'package-lock.json has the version of package.json',
    () => requireNone(lock().version === VERSION ? [] : [`${lock().version} is not ${VERSION}: run npm install`]),
  ],
  [
    `CHANGELOG.md describes ${VERSION}`,
    () => requireNone(changelogProblems(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), VERSION)),
  ],
  [
    'the generated files are current',
    () => {
      for (const generator of ['schemas', 'problems', 'state-machine']) script(generator);
      requireClean('The generators changed these files. Commit them:');
      for (const generator of ['client-types', 'cdk-api']) script(generator, '--check');
    },
  ],
  ['the licences of all npm packages are accepted', () => void script('licenses')],
  ['the packages are built', () => void script('pack')],
];

function ofPackages(project: string, nodes: string): readonly Check[] {
  return [
    ['the packages install in an empty folder', () => installPackages(project)],
    ...['22', '24', newestNode()].map(
      (version): Check => [`the packages run on Node ${version}`, () => usePackages(project, nodes, version)],
    ),
  ];
}

let failed = 0;
function go(checks: readonly Check[]): void {
  for (const [name, check] of checks) {
    try {
      check();
      console.log(`✓ ${name}`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failed++;
      console.error(`✗ ${name}\n${error.message.replaceAll(/^/gm, '    ')}`);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-release-'));
try {
  const { status } = spawnSync('git', ['rev-parse', '--verify', '--quiet', `v${VERSION}`], { cwd: ROOT });
  if (status === 0) console.log(`v${VERSION} is tagged already.`);
  go(SOURCES);
  go(ofPackages(join(folder, 'project'), folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? `${VERSION} can be released.` : `${VERSION} cannot be released: ${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;
