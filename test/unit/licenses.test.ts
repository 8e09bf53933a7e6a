import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockSchema, refusedLicenses } from '../../tools/licenses/check.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the licences', () => {
  test('of every package in package-lock.json are accepted', () => {
    const lock = lockSchema.parse(JSON.parse(readFileSync(`${ROOT}/package-lock.json`, 'utf8')));
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(refusedLicenses(lock)).toEqual([]);
  });

  const refused = (name: string, license?: string) =>
    refusedLicenses({ packages: { '': {}, [`node_modules/${name}`]: { version: '1.0.0', license } } });

  test.each([
    ['GPL-3.0-only'],
    ['AGPL-3.0-only'],
    ['MIT AND GPL-3.0-only'],
    ['UNLICENSED'],
    ['SEE LICENSE IN LICENSE.md'],
    // Only of the packages in EXCEPTIONS.
    ['MPL-2.0'],
  ])('%s is refused', (license) => {
    expect(refused('another', license)).toEqual([`another 1.0.0 has the licence ${license}`]);
  });

  test.each([['MIT'], ['(MIT OR GPL-3.0-or-later)'], ['MIT AND ISC'], ['MIT OR Apache-2.0']])(
    '%s is accepted',
    (license) => {
      expect(refused('another', license)).toEqual([]);
    },
  );

  test('a package without a licence is refused, also inside another package', () => {
    expect(refused('@scope/one/node_modules/two')).toEqual(['two 1.0.0 names no licence']);
  });
});
