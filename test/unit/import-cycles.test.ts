import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findCycles } from '../import-cycles.ts';

const graphOf = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

test('a graph without a cycle has none, even if two paths meet', () => {
  expect(findCycles(graphOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toEqual([]);
});

test('each group of files that import each other is reported once, with its shortest cycle from the file where the search entered it', () => {
  const graph = graphOf({ a: ['b'], b: ['c', 'd'], c: ['b'], d: ['c'], e: ['f'], f: ['g'], g: ['e'], self: ['self'] });
  expect(findCycles(graph)).toEqual([
    ['b', 'c', 'b'],
    ['e', 'f', 'g', 'e'],
    ['self', 'self'],
  ]);
});

/** Runs test/imports.ts on a folder with these files. */
function check(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'imports-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { status, stderr } = spawnSync(process.execPath, [resolve(import.meta.dirname, '../imports.ts'), root], {
      encoding: 'utf8',
    });
    return { status, stderr };
  } finally {
    rmSync(root, { recursive: true });
  }
}

const ONE = 'functions/tracker/one.ts';
const TWO = 'functions/tracker/two.ts';

test('npm run imports fails for a cycle that a type import closes, and prints its path', () => {
  const files = { [ONE]: `import { two } from './two.ts';`, [TWO]: `import type { One } from './one.ts';` };
  expect(check(files)).toEqual({ status: 1, stderr: `import cycle: ${ONE} → ${TWO} → ${ONE}\n` });
});

test.each([
  [`import type { One } from './one.ts';`],
  [`import { type One } from './one.ts';`],
  [`import {\n  type One,\n} from "./one.ts";`],
  [`export * from './one.ts';`],
  [`export type { One } from './one.ts';`],
  [`import './one.ts';`],
  [`const one = await import('./one.ts');`],
  [`type One = import('./one.ts').One;`],
])('it detects the import in: %s', (text) => {
  expect(check({ [ONE]: `import './two.ts';`, [TWO]: text }).status).toBe(1);
});

test('it accepts files without a cycle', () => {
  expect(check({ [ONE]: `import { two } from './two.ts';`, [TWO]: '' })).toEqual({ status: 0, stderr: '' });
});
