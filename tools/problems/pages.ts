import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The module with the problem pages that the API serves. A Lambda's bundle does not contain the docs folder. */
export const PAGES_FILE = join(ROOT, 'functions/api/problem-pages.ts');

/** The sections of docs/problems.md, by their headings. */
export function problemSections(): Record<string, string> {
  const [, ...sections] = readFileSync(join(ROOT, 'docs/problems.md'), 'utf8').split(/^## /m);
  return Object.fromEntries(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end).trim(), section.slice(end).trim()];
    }),
  );
}

/** Replaces links to other documents by their paths, because a deployment does not serve them. */
const withoutLinks = (markdown: string): string =>
  markdown.replace(/\[[^\]]*\]\(([\w-]+\.md)[^)]*\)/g, (_, file: string) => `\`docs/${file}\``);

/** The text that `npm run problems` writes. */
export function pagesModule(): string {
  const entries = Object.entries(problemSections()).map(
    ([reason, text]) =>
      `  // biome-ignore format: one line a page\n  ${reason}: ${JSON.stringify(withoutLinks(text))},\n`,
  );
  return `// Generated from docs/problems.md by npm run problems.
import type { Reason } from './openapi-problems.ts';

/** Markdown, by the reason in lower case. A reason without a section does not compile. */
export const PROBLEM_PAGES: Readonly<Record<Lowercase<Reason>, string>> = {
${entries.join('')}};
`;
}
