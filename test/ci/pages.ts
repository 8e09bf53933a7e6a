import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The pages in the order in which README.md links to them. */
export const PAGES = [
  'README.md',
  'docs/api.md',
  'docs/problems.md',
  'docs/events.md',
  'docs/onboarding.md',
  'docs/other-buses.md',
  'docs/tracking-ids.md',
  'docs/cli.md',
  'docs/client.md',
  'docs/console.md',
  'docs/testing.md',
  'docs/local-runtime.md',
  'docs/deploy.md',
  'docs/accounts.md',
  'docs/operations.md',
  'docs/security.md',
  'docs/architecture.md',
  'docs/protocol.md',
  'docs/faults.md',
  'docs/performance.md',
  'CONTRIBUTING.md',
];
/** Pages whose commands need an AWS account, and the words with which each says so. aws-commands.test.ts checks their commands. */
export const AWS_PAGES = ['docs/deploy.md', 'docs/operations.md'];
export const RUNS_ON_AWS = 'The commands on this page run on AWS';

/** All pages. */
export const allPages = (): string[] => globSync(['*.md', 'docs/*.md'], { cwd: ROOT }).sort();

/**
 * The language of a fenced block says how it is used. `sh` is pasted into a terminal in the clone while `npm start` runs in another
 * one. In `console`, the lines after `$ ` are pasted, and the other lines are their output. A `ts` program prints the `text` block
 * after it. Other languages are only read.
 */
export const LANGUAGES = ['sh', 'console', 'ts', 'text', 'json', 'js', 'ini', 'mermaid'];

export interface Block {
  /** The line number of the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export const isRun = ({ language }: Block): boolean => ['sh', 'console', 'ts'].includes(language);

/** The fenced blocks of a page in order, without their indentation. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indentation = '', language = '', block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return { line, language, text: block.replaceAll(new RegExp(`^${indentation}`, 'gm'), '') };
  });
}
