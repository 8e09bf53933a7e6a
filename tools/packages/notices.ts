import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './manifests.ts';

const LICENSE_FILES = /^(licen[cs]e|notice|copying)(\.|-|$)/i;

/** The folders of the npm packages whose code is in the outputs of esbuild. */
function packagesIn({ outputs }: Metafile): string[] {
  const modules = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  return modules.flatMap(
    (path) => /(?:^|\/)(node_modules\/(?:@[^/]+\/)?[^/]+(?:\/node_modules\/(?:@[^/]+\/)?[^/]+)*)/.exec(path)?.[1] ?? [],
  );
}

/** Writes THIRD-PARTY-NOTICES.txt: the licences of the npm packages whose code is in the bundles, or in folders that were copied. */
export function writeNotices(folder: string, bundles: readonly Metafile[], copied: readonly string[] = []): void {
  const places = [...new Set([...bundles.flatMap(packagesIn), ...copied])].sort();
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
