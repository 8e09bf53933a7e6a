import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../test-results/faults');

/** Writes a Markdown file of a run: the fault table, or what a test file observed. Git ignores the folder. */
export function writeResults(name: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, name), text);
}
