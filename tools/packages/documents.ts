import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from './manifests.ts';

/** A Markdown link without an image's `!`, outside of code: its text and its target. */
const LINK = /(?<!!)\[([^\]]*)\]\(([^)\s]+)\)/g;
const CODE = /^ *```[\s\S]*?^ *```$|`[^`\n]*`/gm;

const isWithin = (folder: string, path: string): boolean => !relative(folder, path).startsWith('..');

/** The text of a page with each link replaced. Code remains as it is, except in the text of a link. */
function withLinks(page: string, replaced: (link: string, text: string, target: string) => string): string {
  const fences = [...page.matchAll(CODE)].map(({ index, 0: code }) => [index, index + code.length] as const);
  return page.replaceAll(LINK, (link: string, text: string, target: string, at: number) =>
    fences.some(([start, end]) => at > start && at < end) ? link : replaced(link, text, target),
  );
}

/** The places that a page leads to with a relative link. */
export function linksOf(page: string): string[] {
  const targets: string[] = [];
  withLinks(page, (link, _, target) => {
    if (!/^[a-z]+:/.test(target)) targets.push(target);
    return link;
  });
  return targets;
}

/**
 * Copies pages of the repository into a package, after everything else that they link to. A link to what the package does not have becomes
 * its text.
 * @param pages by their paths in the package, the paths in the repository
 */
export function packDocuments(folder: string, pages: Readonly<Record<string, string>>): void {
  const isPacked = (path: string) => Object.hasOwn(pages, relative(folder, path)) || existsSync(path);
  for (const [to, from] of Object.entries(pages)) {
    const at = join(folder, to);
    const page = withLinks(readFileSync(join(ROOT, from), 'utf8'), (link, text, target) => {
      const [path = ''] = target.split('#');
      if (path === '' || /^[a-z]+:/.test(target)) return link;
      const linked = resolve(dirname(at), path);
      return isWithin(folder, linked) && isPacked(linked) ? link : text;
    });
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, page);
  }
}
