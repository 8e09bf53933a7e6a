import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './manifests.ts';

const LICENSE_FILES = /^(licen[cs]e|notice|copying)(\.|-|$)/i;

/** The folder of the npm package that a module is in, if it is in one. */
const packageOf = (module: string): string[] =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.slice(0, 1) ?? [];

/**
 * Writes THIRD-PARTY-NOTICES.txt: the licences of the npm packages whose code is in a package.
 * @param bundles what esbuild says about the bundles
 * @param others paths of other modules, or folders of packages
 */
export function writeNotices(folder: string, bundles: readonly Metafile[], others: readonly string[] = []): void {
  const modules = bundles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  const places = [...new Set([...modules, ...others].flatMap(packageOf))].sort();
  const notices = places.map((place) => {
    const at = join(ROOT, place);
    const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
    const texts = readdirSync(at)
      .filter((file) => LICENSE_FILES.test(file))
      .map((file) => readFileSync(join(at, file), 'utf8').trim());
    return { title: `${name} ${version} (${license})`, text: texts.join('\n\n') };
  });
  // Many packages have the same text.
  const titlesOf = Map.groupBy(notices, ({ text }) => text);
  const sections = [...titlesOf].map(([text, same]) =>
    `${same.map(({ title }) => title).join('\n')}\n\n${text}`.trim(),
  );
  const line = '\n\n----------------------------------------\n\n';
  const intro = 'This package contains code of the following packages.';
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), `${[intro, ...sections].join(line)}\n`);
}
