import { appendFileSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DurableMap } from '../../infra/local/durable-map.ts';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'durable-map-')), 'map.jsonl');

test('what was set and deleted is there again after opening the file anew', () => {
  const path = newPath();
  const first = new DurableMap<{ n: number }>(path);
  first.set('a', { n: 1 });
  first.set('b', { n: 2 });
  first.set('a', { n: 3 });
  first.delete('b');
  // Not closed: a killed process does not close either.
  const second = new DurableMap<{ n: number }>(path);
  expect([...second.entries()]).toEqual([['a', { n: 3 }]]);
});

test('a line torn by a kill is dropped, and the next write is whole', () => {
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

test('the file is compact after opening, and readable by its owner only', () => {
  const path = newPath();
  const first = new DurableMap<number>(path);
  for (let i = 0; i < 100; i++) first.set('a', i);
  new DurableMap<number>(path);
  expect(readFileSync(path, 'utf8')).toBe('["a",99]\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('null is a value, not a removal', () => {
  const path = newPath();
  new DurableMap<null>(path).set('a', null);
  expect(new DurableMap<null>(path).has('a')).toBe(true);
});
