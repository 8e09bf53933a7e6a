import { expect, it } from 'vitest';
import { jsonObject } from '../../../infra/local/wire.ts';

it.each([
  ['members', `{${Array.from({ length: 60_000 }, (_, n) => `"${n}":0`).join(',')}}`],
  ['nested arrays', `{"a":${'['.repeat(100_001)}${']'.repeat(100_001)}}`],
  ['members of a text', JSON.stringify({ Event: JSON.stringify(Array.from({ length: 100_001 }, () => 0)) })],
])('rejects a body with too many %s before it parses the body', (_, body) => {
  expect(() => jsonObject(Buffer.from(body))).toThrow('The request body has more than 100000 values.');
});

it('accepts a body with many values', () => {
  const body = { values: Array.from({ length: 99_000 }, (_, n) => n) };
  expect(jsonObject(Buffer.from(JSON.stringify(body)))).toEqual(body);
});
