import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { DurableMap } from '../../infra/local/durable-map.ts';

const MODULE = resolve(import.meta.dirname, '../../infra/local/durable-map.ts');

const newPath = () => join(mkdtempSync(join(tmpdir(), 'durable-map-')), 'map.jsonl');

test('the map has the same entries after the file is reopened', () => {
  const path = newPath();
  const first = new DurableMap<{ n: number }>(path);
  first.set('a', { n: 1 });
  first.set('b', { n: 2 });
  first.set('a', { n: 3 });
  first.delete('b');
  // Not closed, because a killed process does not close it either.
  const second = new DurableMap<{ n: number }>(path);
  expect([...second.entries()]).toEqual([['a', { n: 3 }]]);
});

test('a line that a kill cut off is dropped, and the next write is intact', () => {
  const path = newPath();
  new DurableMap<number>(path).set('a', 1);
  appendFileSync(path, '["b",2');
  const second = new DurableMap<number>(path);
  second.set('c', 3);
  expect([...new DurableMap<number>(path).entries()]).toEqual([
    ['a', 1],
    ['c', 3],
  ]);
});

test('opening compacts the file, and only its owner can read it', () => {
  const path = newPath();
  const first = new DurableMap<number>(path);
  for (let i = 0; i < 100; i++) first.set('a', i);
  new DurableMap<number>(path);
  expect(readFileSync(path, 'utf8')).toBe('["a",99]\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('null is stored as a value, not as a deletion', () => {
  const path = newPath();
  new DurableMap<null>(path).set('a', null);
  expect(new DurableMap<null>(path).has('a')).toBe(true);
});

test('the error for a damaged line names the file and the line', () => {
  const path = newPath();
  for (const line of ['["a"', '{}', '[1,2]', '["a",1,2]', '["b"["c",3]', '']) {
    writeFileSync(path, `["a",1]\n${line}\n["c",3]\n`);
    expect(() => new DurableMap(path), line).toThrow(`${path}, line 2: the line is damaged`);
    expect(readFileSync(path, 'utf8')).toBe(`["a",1]\n${line}\n["c",3]\n`);
  }
});

test('a change that the file system cuts off is refused, and leaves the file and the map unchanged', () => {
  const path = newPath();
  // The shell limits files to 1 KB. A larger write is cut off there, as on a full disk.
  const script = `
    const { DurableMap, writeFailures } = await import(${JSON.stringify(MODULE)});
    const map = new DurableMap(${JSON.stringify(path)});
    map.set('a', 1);
    writeFailures.subscribe((failure) => console.log(failure.message));
    try {
      map.set('b', 'x'.repeat(2000));
    } catch (error) {
      console.log(error.cause.code, map.has('b'));
    }
    map.set('c', 3);`;
  const shell = `trap '' XFSZ; ulimit -f ${process.platform === 'darwin' ? 2 : 1}; exec "$0" "$@"`;
  const ran = spawnSync('bash', ['-c', shell, process.execPath, '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: undefined },
  });
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^.*map\.jsonl: EFBIG: .*\nEFBIG false\n$/);
  expect(readFileSync(path, 'utf8')).toBe('["a",1]\n["c",3]\n');
});

test('a change is refused after the file was deleted', () => {
  const path = newPath();
  const map = new DurableMap<number>(path);
  rmSync(path);
  expect(() => map.set('a', 1)).toThrow(`${path}: the file was deleted`);
  expect(map.has('a')).toBe(false);
});
