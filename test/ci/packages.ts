import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { linksOf } from '../../tools/packages/documents.ts';
import { PACKAGES, type PackageName, VERSION } from '../../tools/packages/manifests.ts';

/** Set by test/ci/run.ts, after `npm run pack`. These tests install from the registry and take minutes. */
export const ARE_PACKAGES_TESTED = process.env.TEST_PACKAGE === 'yes';

export const COMPILERS = { '5.9': 'typescript@5.9.3', '7.0': 'typescript@7.0.2' };
/** The oldest version that the packages support, the one that the service runs on, and the newest. */
export const NODES = { '22': 'node@22.23.3', '24': 'node@24.21.0', '26': 'node@26.9.0' };

/** A package as `npm run pack` wrote it. */
export const tarballOf = (name: PackageName): string => join(PACKAGES, `${name}-${VERSION}.tgz`);

/** Runs a command. @param path folders before those of PATH @returns its stdout @throws Error with its output if it fails */
export function run(command: string, args: readonly string[], cwd: string, path = ''): string {
  const env = { ...process.env, PATH: `${path}${path && delimiter}${process.env.PATH}` };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}

/** Creates a project in a folder and installs the packages in it. @returns the project's folder */
export function install(folder: string, name: string, packages: readonly string[]): string {
  const at = join(folder, name);
  mkdirSync(at);
  const manifest = { name, private: true, type: 'module', allowScripts: { node: true, 'classic-level': true } };
  writeFileSync(join(at, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--no-audit', '--no-fund', ...packages], at);
  return at;
}

/** The paths of the files in a tarball. */
export const filesIn = (tarball: string): string[] =>
  run('tar', ['-tzf', tarball], dirname(tarball))
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));

/** The number of packages installed in a project, and the size of their files in MB. */
export function sizeOf(project: string): { count: number; megabytes: number } {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const count = Object.keys(packages).filter((path) => path !== '').length;
  const files = globSync('node_modules/**', { cwd: project, withFileTypes: true }).filter((file) => file.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return { count, megabytes: Math.round(bytes / 1e6) };
}

/** Like the anchors that GitHub makes of headings, and those that a page sets itself. */
const anchorsOf = (page: string): string[] => [
  ...[...page.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
  ...[...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  ),
];

/** The relative links of a package's pages that lead to no file, or to no heading of it. */
export function deadLinksIn(folder: string): string[] {
  return globSync('**/*.md', { cwd: folder, exclude: ['node_modules'] }).flatMap((page) => {
    const at = join(folder, page);
    return linksOf(readFileSync(at, 'utf8')).flatMap((target) => {
      const [path = '', anchor] = target.split('#');
      const linked = path === '' ? at : resolve(dirname(at), path);
      const isThere =
        existsSync(linked) && (anchor === undefined || anchorsOf(readFileSync(linked, 'utf8')).includes(anchor));
      return isThere ? [] : [`${page}: ${target}`];
    });
  });
}
