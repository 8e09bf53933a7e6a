import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The pages in the order in which README.md leads to them. */
export const PAGES = [
  'README.md',
  'docs/api.md',
  'docs/problems.md',
  'docs/events.md',
  'docs/onboarding.md',
  'docs/cli.md',
  'docs/client.md',
  'docs/local-runtime.md',
  'docs/deploy.md',
  'docs/operations.md',
  'docs/architecture.md',
  'docs/protocol.md',
  'docs/faults.md',
  'CONTRIBUTING.md',
];
/** Pages whose commands need an account of AWS. Each says so with these words; aws-commands.test.ts gives its commands to the AWS CLI. */
export const AWS_PAGES = ['docs/deploy.md', 'docs/operations.md'];
export const RUNS_ON_AWS = 'The commands on this page run on AWS';

/** Every page that there is. */
export const allPages = (): string[] => globSync(['*.md', 'docs/*.md'], { cwd: ROOT }).sort();

/**
 * What a fenced block is, by its language: `sh` is pasted into a terminal in the clone while `npm start` runs in another one. In
 * `console`, the lines after `$ ` are, and the others are what they print. A `ts` program prints the `text` block after it. All
 * others are to be read.
 */
export const LANGUAGES = ['sh', 'console', 'ts', 'text', 'json', 'js', 'ini', 'mermaid'];

export interface Block {
  /** The line of the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a page, in their order; an indented one without its indentation. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indentation = '', language = '', block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return { line, language, text: block.replaceAll(new RegExp(`^${indentation}`, 'gm'), '') };
  });
}
