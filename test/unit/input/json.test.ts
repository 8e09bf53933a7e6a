import { expect, test } from 'vitest';
import { findAmbiguousJson, hasMoreValuesThan } from '../../../input/json.ts';

const fieldsOf = (text: string) => findAmbiguousJson(text).map(({ field, rule }) => `${field} ${rule}`);

test.each([
  ['{"a": [{"b": "x, \\"c\\": {"}], "d": {"b": 1}, "e": [true, null, false, -0.5e-3]}'],
  ['"text"'],
  ['[]'],
  ['{"a": {"b": 1}, "b": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}'],
  ['{"a": "a", "b": "\\ud83d\\ude00", "__proto": 1}'],
  ['9007199254740991'],
])('%s is unambiguous', (text) => {
  JSON.parse(text);
  expect(findAmbiguousJson(text)).toEqual([]);
});

test.each([
  ['{"name": "a", "name": "b"}', 'name must not occur twice'],
  ['{"name": "a", "n\\u0061me" : "b"}', 'name must not occur twice'],
  ['{"tags": [{}, {"tagKey": "a", "tagKey": "b"}]}', 'tags[1].tagKey must not occur twice'],
  ['{"a": {"__proto__": 1}}', 'a.__proto__ is not recognized'],
  ['{"a": [1, 1e999]}', 'a[1] must be a number that a double can represent; integers must be at most 2^53 - 1'],
  ['{"a": -9007199254740993}', 'a must be a number that a double can represent; integers must be at most 2^53 - 1'],
  ['{"a": "\\ud83d"}', 'a must be valid Unicode, without unpaired surrogates'],
  [`${'['.repeat(33)}${']'.repeat(33)}`, '(body) must not be nested deeper than 32 levels'],
])('%s is refused: %s', (text, expected) => {
  JSON.parse(text);
  expect(fieldsOf(text)).toEqual([expected]);
});

test('the check of very large or very faulty input takes linear time, and reports few and short errors', () => {
  expect(findAmbiguousJson('['.repeat(2_000_000) + ']'.repeat(2_000_000))).toHaveLength(1);
  expect(findAmbiguousJson(`[${'1e999,'.repeat(100_000)}1]`)).toHaveLength(20);
  expect(findAmbiguousJson(JSON.stringify({ name: '\\"'.repeat(1_000_000) }))).toEqual([]);
  const [long] = findAmbiguousJson(`{"${'x'.repeat(10_000)}": 1e999}`);
  expect(long?.field.length).toBeLessThan(250);
});

test.each([
  ['[1,2]', 2],
  ['{"a":{"b":"[{,:,:"}}', 4],
  ['"\\"[[["', 0],
])('%s has %i beginnings of names and values', (text, count) => {
  expect(hasMoreValuesThan(count, text)).toBe(false);
  expect(hasMoreValuesThan(count - 1, text)).toBe(true);
});
