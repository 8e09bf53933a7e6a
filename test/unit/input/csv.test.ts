import { expect, test } from 'vitest';
import { parseCsv } from '../../../input/csv.ts';

test.each([
  ['a,b\n1,2\n', [{ a: '1', b: '2' }]],
  [
    'a,b\r\n1,2\r\n3,4',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ],
  ],
  // Empty cells and lines are omitted.
  ['a,b\n1,\n,2\n\n,\n', [{ a: '1' }, { b: '2' }]],
  // Quotes.
  ['a,b\n"1,""x""","2\n3"\n', [{ a: '1,"x"', b: '2\n3' }]],
  ['"a","b"\n"",2\n', [{ b: '2' }]],
  // Spaces around cells.
  ['a , b\n 1 , 2 \n', [{ a: '1', b: '2' }]],
  // Excel's separator in some countries.
  ['a;b\n1;2,5\n', [{ a: '1', b: '2,5' }]],
  ['a\n1\n2\n', [{ a: '1' }, { a: '2' }]],
])('%j', (text, rows) => {
  expect(parseCsv(text)).toEqual(rows);
});

test.each([
  ['', 'it is empty'],
  ['\n\n', 'it is empty'],
  ['a,a\n1,2', 'line 1: the column "a" occurs twice'],
  ['a,b\n1,2\n3\n', 'line 3: it has 1 cells, but line 1 has 2'],
  ['a,b\n"1\n2",3\n4,5,6', 'line 4: it has 3 cells, but line 1 has 2'],
  ['a,b\n"1,2\n', 'line 2: a quote is not closed'],
  ['a,b\n"1"x,2\n', 'line 2: a quote is not closed, or text stands beside a quoted cell'],
])('%j is refused', (text, message) => {
  expect(() => parseCsv(text)).toThrow(SyntaxError);
  expect(() => parseCsv(text)).toThrow(message);
});
