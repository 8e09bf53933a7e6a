import engine from 'dynalite/db/index.js';
import { expect, test } from 'vitest';
import { itemBytes } from '../../../bench/fleet/item-bytes.ts';

// The same item as plain values and in DynamoDB's JSON. dynalite counts UTF-16 units, so its text is ASCII.
const PLAIN = {
  trackerId: 'et-1',
  epoch: 12,
  dueAt: 1_796_099_044_123,
  adopted: false,
  nothing: null,
  tags: [{ key: 'team', value: 'search' }],
  empty: {},
};
const WIRE = {
  trackerId: { S: 'et-1' },
  epoch: { N: '12' },
  dueAt: { N: '1796099044123' },
  adopted: { BOOL: false },
  nothing: { NULL: true },
  tags: { L: [{ M: { key: { S: 'team' }, value: { S: 'search' } } }] },
  empty: { M: {} },
};

test('the bytes of an item are those that the local DynamoDB counts, but for a byte of each number', () => {
  expect(Math.abs(itemBytes(PLAIN) - engine.itemSize(WIRE))).toBeLessThanOrEqual(2);
});

test('text counts in UTF-8, absent attributes do not count, and what JSON does not have is refused', () => {
  expect(itemBytes({ name: 'schön' })).toBe(4 + 6);
  expect(itemBytes({ name: 'a', failure: undefined })).toBe(5);
  expect(() => itemBytes({ at: 1n })).toThrow(new TypeError('a bigint is no value of an item'));
});
