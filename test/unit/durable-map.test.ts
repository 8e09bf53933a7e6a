import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { DurableMap } from '../../infra/local/durable-map.ts';

const MODULE = resolve(import.meta.dirname, '../../infra/local/durable-map.ts');

const newPath = () => join(mkdtempSync(join(tmpdir(), 'durable-map-')), 'map.jsonl');

test('the map has the same entries after the file is reopened', () => {
  const path = newPath();
  const first = new DurableMap(path, z.object({ n: z.number() }));
  first.set('a', { n: 1 });
  first.set('b', { n: 2 });
  first.set('a', { n: 3 });
  first.delete('b');
  // Not closed, because a killed process does not close it either.
  const second = new DurableMap(path, z.object({ n: z.number() }));
  expect([...second.entries()]).toEqual([['a', { n: 3 }]]);
});

test('a line that a kill cut off is dropped, and the next write is intact', () => {
  const path = newPath();
  new DurableMap(path, z.number()).set('a', 1);
  appendFileSync(path, '["b",2');
  const second = new DurableMap(path, z.number());
  second.set('c', 3);
  expect([...new DurableMap(path, z.number()).entries()]).toEqual([
    ['a', 1],
    ['c', 3],
  ]);
});

test('opening compacts the file, and only its owner can read it', () => {
  const path = newPath();
  const first = new DurableMap(path, z.number());
  for (let i = 0; i < 100; i++) first.set('a', i);
  new DurableMap(path, z.number());
  expect(readFileSync(path, 'utf8')).toBe('["a",99]\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('the file stays in proportion to its entries, however often they change', () => {
  const path = newPath();
  const map = new DurableMap(path, z.number());
  for (let i = 0; i < 5000; i++) {
    map.set(String(i), i);
    if (i >= 10) map.delete(String(i - 10));
  }
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(2 * 10 + 1000 + 2);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  map.set('last', 1);
  expect([...new DurableMap(path, z.number()).entries()]).toEqual([...map.entries()]);
});

test('null is stored as a value, not as a deletion', () => {
  const path = newPath();
  new DurableMap(path, z.null()).set('a', null);
  expect(new DurableMap(path, z.null()).has('a')).toBe(true);
});

test('the error for a damaged line names the file and the line', () => {
  const path = newPath();
  for (const line of ['["a"', '{}', '[1,2]', '["a",1,2]', '["b"["c",3]', '']) {
    writeFileSync(path, `["a",1]\n${line}\n["c",3]\n`);
    expect(() => new DurableMap(path, z.number()), line).toThrow(`${path}, line 2: the line is damaged`);
    expect(readFileSync(path, 'utf8')).toBe(`["a",1]\n${line}\n["c",3]\n`);
  }
});

test('the error for a value that the runtime does not write names the file, the line and the field, without the value', () => {
  const path = newPath();
  const values = z.object({ at: z.number(), trackingId: z.string().optional() });
  const opened = (lines: string) => {
    writeFileSync(path, lines);
    return () => new DurableMap(path, values, /^\d+$/);
  };
  expect(opened('["1",{"at":1}]\n["2",{"at":2,"trackingId":["secret"]}]\n')).toThrow(
    `${path}, line 2: the line is damaged; in its value, trackingId: expected string, received array. Delete this line, which loses`,
  );
  expect(opened('["1",7]\n')).toThrow('line 1: the line is damaged; in its value, expected object, received number.');
  expect(opened('["one",{"at":1}]\n')).toThrow('line 1: the line is damaged; its key must match ^\\d+$.');
  // What newer code has added stays.
  expect(opened('["1",{"at":1,"later":true}]\n')().get('1')).toEqual({ at: 1, later: true });
});

test('what one part of the runtime writes into a map of all is checked when that part is there', () => {
  const path = newPath();
  writeFileSync(path, '["1",{"of":"a","n":"x"}]\n["2",{"of":"b","n":"x"}]\n');
  const map = new DurableMap(path, z.looseObject({ of: z.string() }));
  const numbers = z.looseObject({ n: z.number() });
  map.check(numbers, ({ of }) => of === 'c');
  expect(() => map.check(numbers, ({ of }) => of === 'b')).toThrow(
    `${path}, line 2: the line is damaged; in its value, n:`,
  );
});

test('a change that the file system cuts off is refused, and leaves the file and the map unchanged', () => {
  const path = newPath();
  // The shell limits files to 1 KB. A larger write is cut off there, as on a full disk.
  const script = `
    const z = await import('zod');
    const { DurableMap, writeFailures } = await import(${JSON.stringify(MODULE)});
    const map = new DurableMap(${JSON.stringify(path)}, z.any());
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

test('a change is refused on a file system that became read-only', () => {
  const path = newPath();
  const script = `
    const z = await import('zod');
    const fs = (await import('node:fs')).default;
    const { syncBuiltinESMExports } = await import('node:module');
    const { DurableMap, writeFailures } = await import(${JSON.stringify(MODULE)});
    const map = new DurableMap(${JSON.stringify(path)}, z.any());
    map.set('a', 1);
    const readOnly = () => { throw Object.assign(new Error('EROFS: read-only file system, write'), { code: 'EROFS' }); };
    Object.assign(fs, { writeSync: readOnly, ftruncateSync: readOnly });
    syncBuiltinESMExports();
    writeFailures.subscribe((failure) => console.log(failure.message));
    try {
      map.set('b', 2);
    } catch (error) {
      console.log(error.cause?.code ?? error.code, map.has('b'));
    }`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^.*map\.jsonl: EROFS: .*\nEROFS false\n$/);
  expect(readFileSync(path, 'utf8')).toBe('["a",1]\n');
});

test('a change is refused after the file was deleted', () => {
  const path = newPath();
  const map = new DurableMap(path, z.number());
  rmSync(path);
  expect(() => map.set('a', 1)).toThrow(`${path}: the file was deleted`);
  expect(map.has('a')).toBe(false);
});
