import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTextFile } from '../../../input/text-file.ts';
import { ENCODINGS } from './encodings.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (content: Buffer): string => {
  const path = join(folder, 'text');
  writeFileSync(path, content);
  return path;
};

test.each(Object.entries(ENCODINGS))('%s', (_, encode) => {
  for (const text of ['{"name": "é日😀"}', '[default]\r\n', 'a', '']) {
    expect(readTextFile(fileOf(encode(text)))).toBe(text);
  }
});

test('a file that is not text is refused, and so is a missing file', () => {
  for (const bytes of [
    [0x7b, 0xff, 0x7d],
    [0xff, 0xfe, 0x7b],
    [0xc3, 0x28],
    // UTF-32, with and without a byte order mark.
    [0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0],
    [0, 0, 0xfe, 0xff, 0, 0, 0, 0x7b],
    [0x7b, 0, 0, 0, 0x7d, 0, 0, 0],
    [0, 0, 0, 0x7b, 0, 0, 0, 0x7d],
  ]) {
    expect(() => readTextFile(fileOf(Buffer.from(bytes)))).toThrow('it is neither UTF-8 nor UTF-16 text');
  }
  expect(() => readTextFile(join(folder, 'missing'))).toThrow('ENOENT');
  expect(() => readTextFile(folder)).toThrow('EISDIR');
});
