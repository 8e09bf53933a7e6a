import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileEventPattern } from '../../../infra/local/eventbridge/pattern.ts';
import { matchesExhaustively } from './exhaustive-matcher.ts';

// The example event of the EventBridge user guide ("Creating event patterns"), with the fields of event-ruler's README.
const EC2 = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: {
    'instance-id': 'i-1234567890abcdef0',
    state: 'terminated',
    'c-count': 5,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
  },
};
const detail = (pattern: unknown) => ({ detail: pattern });
const on = (event: unknown) => ({ detail: event });
const or = (...alternatives: unknown[]) => ({ $or: alternatives });

// biome-ignore format: a truth table with one row per line: pattern, event, whether it matches
const TABLE: [unknown, object, boolean][] = [
  // Exact values, nested fields, AND between fields, OR between values.
  [{ source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'], detail: { state: ['terminated'] } }, EC2, true],
  [{ source: ['aws.ec2'], detail: { state: ['running'] } }, EC2, false],
  [{ source: ['aws.s3'], detail: { state: ['terminated'] } }, EC2, false],
  [{ detail: { state: ['initializing', 'terminated'] } }, EC2, true],
  [{ source: ['AWS.EC2'] }, EC2, false],
  [{ source: ['aws.ec'] }, EC2, false],
  [{ account: [111122223333] }, EC2, false],
  [{ missing: ['x'] }, EC2, false],
  [{ detail: ['x'] }, EC2, false],
  [{ source: { name: ['x'] } }, EC2, false],
  [detail({ n: [5] }), on({ n: 5 }), true],
  [detail({ n: [3e2] }), on({ n: 300.0 }), true],
  [detail({ n: [5] }), on({ n: '5' }), false],
  [detail({ n: ['5'] }), on({ n: 5 }), false],
  [detail({ b: [true] }), on({ b: true }), true],
  [detail({ b: [true] }), on({ b: false }), false],
  [detail({ b: [true] }), on({ b: 'true' }), false],
  // User guide, "Null values and empty strings".
  [detail({ UserID: [null] }), on({ UserID: null }), true],
  [detail({ UserID: [null] }), on({ UserID: 'CUSTOMER#1' }), false],
  [detail({ UserID: [null] }), on({}), false],
  [detail({ UserID: [null] }), on({ UserID: '' }), false],
  [detail({ LastName: [''] }), on({ LastName: '' }), true],
  [detail({ LastName: [''] }), on({ LastName: null }), false],
  [detail({ a: { b: { c: ['x'] } } }), on({ a: { b: { c: 'x' } } }), true],
  [detail({ a: { b: { c: ['x'] } } }), on({ a: { b: 'x' } }), false],
  // Arrays in events match if any element matches. User guide, "Arrays".
  [{ resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0', 'other'] }, EC2, true],
  [detail({ zones: ['b'] }), on({ zones: ['a', 'b'] }), true],
  [detail({ zones: ['c'] }), on({ zones: ['a', 'b'] }), false],
  [detail({ zones: ['a'] }), on({ zones: [] }), false],
  [detail({ zones: ['a'] }), on({ zones: [['a']] }), true],
  [detail({ zones: [{ 'anything-but': 'a' }] }), on({ zones: ['a', 'b'] }), true],
  [detail({ zones: [{ 'anything-but': 'a' }] }), on({ zones: ['a', 'a'] }), false],
  // Fields of objects in an array must match in the same object (event-ruler, "JSON Array Matching").
  [detail({ members: { first: ['Ann'], last: ['Lee'] } }), on({ members: [{ first: 'Ann', last: 'Lee' }, { first: 'Bob', last: 'Ray' }] }), true],
  [detail({ members: { first: ['Ann'], last: ['Ray'] } }), on({ members: [{ first: 'Ann', last: 'Lee' }, { first: 'Bob', last: 'Ray' }] }), false],
  [detail({ teams: { name: ['x'], members: { first: ['Bob'] } } }), on({ teams: [{ name: 'x', members: [{ first: 'Ann' }] }, { name: 'y', members: [{ first: 'Bob' }] }] }), false],
  [detail({ teams: { name: ['y'], members: { first: ['Bob'] } } }), on({ teams: [{ name: 'x', members: [{ first: 'Ann' }] }, { name: 'y', members: [{ first: 'Ann' }, { first: 'Bob' }] }] }), true],
  // prefix, suffix. User guide: time, region, FileName.
  [{ time: [{ prefix: '2017-12-22' }] }, EC2, true],
  [{ time: [{ prefix: '2017-10-02' }] }, EC2, false],
  [{ region: [{ prefix: 'us-' }] }, EC2, true],
  [detail({ n: [{ prefix: '5' }] }), on({ n: 5 }), false],
  [detail({ s: [{ prefix: '' }] }), on({ s: 'anything' }), true],
  [detail({ service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }), on({ service: 'eventbridge' }), true],
  [detail({ service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }), on({ service: 'event bus' }), false],
  [detail({ FileName: [{ suffix: '.png' }] }), on({ FileName: 'a.png' }), true],
  [detail({ FileName: [{ suffix: '.png' }] }), on({ FileName: 'a.PNG' }), false],
  [detail({ service: [{ suffix: { 'equals-ignore-case': 'tBridge' } }] }), on({ service: 'EVENTBRIDGE' }), true],
  [detail({ service: [{ suffix: { 'equals-ignore-case': 'tBridge' } }] }), on({ service: 'eventbus' }), false],
  [{ 'detail-type': [{ 'equals-ignore-case': 'ec2 instance state-change notification' }] }, EC2, true],
  [{ 'detail-type': [{ 'equals-ignore-case': 'ec2 instance' }] }, EC2, false],
  // anything-but.
  [detail({ state: [{ 'anything-but': 'initializing' }] }), EC2, true],
  [detail({ state: [{ 'anything-but': 'terminated' }] }), EC2, false],
  [detail({ state: [{ 'anything-but': 'x' }] }), on({}), false],
  [detail({ 'x-limit': [{ 'anything-but': 123 }] }), EC2, true],
  [detail({ 'x-limit': [{ 'anything-but': [100, 200, 301.8] }] }), EC2, false],
  [detail({ state: [{ 'anything-but': ['stopped', 'overloaded'] }] }), EC2, true],
  [detail({ state: [{ 'anything-but': ['stopped', 'terminated'] }] }), EC2, false],
  [detail({ n: [{ 'anything-but': '5' }] }), on({ n: 5 }), true],
  [detail({ n: [{ 'anything-but': 'x' }] }), on({ n: null }), true],
  [detail({ state: [{ 'anything-but': { prefix: 'init' } }] }), on({ state: 'initializing' }), false],
  [detail({ state: [{ 'anything-but': { prefix: 'init' } }] }), EC2, true],
  [detail({ n: [{ 'anything-but': { prefix: 'init' } }] }), on({ n: 5 }), true],
  [detail({ state: [{ 'anything-but': { prefix: ['init', 'term'] } }] }), EC2, false],
  [detail({ FileName: [{ 'anything-but': { suffix: '.txt' } }] }), on({ FileName: 'a.txt' }), false],
  [detail({ FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] }), on({ FileName: 'a.jpg' }), true],
  [detail({ state: [{ 'anything-but': { 'equals-ignore-case': 'TERMINATED' } }] }), EC2, false],
  [detail({ state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }] }), EC2, true],
  [detail({ FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] }), on({ FilePath: '/usr/lib/x' }), false],
  [detail({ FilePath: [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }] }), on({ FilePath: '/usr/share/x' }), true],
  // exists works on leaf nodes only. User guide, "Exists matching".
  [detail({ 'c-count': [{ exists: true }] }), EC2, true],
  [detail({ 'e-count': [{ exists: true }] }), EC2, false],
  [detail({ 'c-count': [{ exists: false }] }), EC2, false],
  [detail({ 'e-count': [{ exists: false }] }), EC2, true],
  [detail({ 'c-count': [{ exists: false }] }), on({ 'c-count': { c1: 100 } }), true],
  [detail({ 'c-count': [{ exists: true }] }), on({ 'c-count': { c1: 100 } }), false],
  [detail({ x: [{ exists: true }] }), on({ x: null }), true],
  [detail({ x: [{ exists: true }] }), on({ x: [] }), false],
  [detail({ a: { b: [{ exists: false }] } }), on({}), true],
  [detail({ a: { b: [{ exists: false }] } }), on({ a: [{ b: 1 }, { c: 2 }] }), false],
  [detail({ a: { b: [1], d: [{ exists: false }] } }), on({ a: [{ b: 1 }, { d: 2 }] }), true],
  [detail({ x: [{ exists: false }, 'ok'] }), on({}), true],
  [detail({ x: [{ exists: false }, 'ok'] }), on({ x: 'ok' }), true],
  [detail({ x: [{ exists: false }, 'ok'] }), on({ x: 'no' }), false],
  // numeric. User guide: Price more than 10, and less than or equal to 20.
  [detail({ Price: [{ numeric: ['=', 100] }] }), on({ Price: 100 }), true],
  [detail({ 'x-limit': [{ numeric: ['=', 3.018e2] }] }), EC2, true],
  [detail({ Price: [{ numeric: ['>', 10, '<=', 20] }] }), on({ Price: 10 }), false],
  [detail({ Price: [{ numeric: ['>', 10, '<=', 20] }] }), on({ Price: 10.1 }), true],
  [detail({ Price: [{ numeric: ['>', 10, '<=', 20] }] }), on({ Price: 20 }), true],
  [detail({ Price: [{ numeric: ['>', 10, '<=', 20] }] }), on({ Price: 21 }), false],
  [detail({ 'c-count': [{ numeric: ['<', 5] }] }), EC2, false],
  [detail({ 'c-count': [{ numeric: ['<=', 5] }] }), EC2, true],
  [detail({ 'c-count': [{ numeric: ['>', 5] }] }), EC2, false],
  [detail({ 'c-count': [{ numeric: ['>=', 5, '<', 6] }] }), EC2, true],
  [detail({ n: [{ numeric: ['>', 0] }] }), on({ n: '5' }), false],
  [detail({ n: [{ numeric: ['<', 0] }] }), on({ n: [3, -1] }), true],
  // cidr.
  [detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] }), EC2, true],
  [detail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] }), EC2, false],
  [detail({ ip: [{ cidr: '2001:db8::/32' }] }), on({ ip: '2001:db8:1::1' }), true],
  [detail({ ip: [{ cidr: '10.0.0.0/8' }] }), on({ ip: 'not an address' }), false],
  // wildcard. User guide: any file with a .png extension, within the folder "dir".
  [detail({ FileName: [{ wildcard: 'dir/*.png' }] }), on({ FileName: 'dir/a.png' }), true],
  [detail({ FileName: [{ wildcard: 'dir/*.png' }] }), on({ FileName: 'dir/b/c.png' }), true],
  [detail({ FileName: [{ wildcard: 'dir/*.png' }] }), on({ FileName: 'other/a.png' }), false],
  [detail({ s: [{ wildcard: '*' }] }), on({ s: '' }), true],
  [detail({ s: [{ wildcard: 'ab*ba' }] }), on({ s: 'aba' }), false],
  [detail({ s: [{ wildcard: 'a*b*c' }] }), on({ s: 'aXbXbc' }), true],
  [detail({ s: [{ wildcard: 'a*bc*c' }] }), on({ s: 'abc' }), false],
  [detail({ s: [{ wildcard: 'plain' }] }), on({ s: 'plain' }), true],
  [detail({ s: [{ wildcard: 'a\\*b' }] }), on({ s: 'a*b' }), true],
  [detail({ s: [{ wildcard: 'a\\*b' }] }), on({ s: 'aXb' }), false],
  [detail({ s: [{ wildcard: 'a\\\\*' }] }), on({ s: 'a\\b' }), true],
  [detail({ s: [{ wildcard: '*' }] }), on({ s: 5 }), false],
  // $or at any level. User guide, "Or matching"; event-ruler's README.
  [or({ Location: ['New York'] }, { Day: ['Monday'] }), { Location: 'Rome', Day: 'Monday' }, true],
  [or({ Location: ['New York'] }, { Day: ['Monday'] }), { Location: 'Rome', Day: 'Friday' }, false],
  [detail(or({ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] }, { 'd-count': [{ numeric: ['<', 10] }] }, { 'x-limit': [{ numeric: ['=', 3.018e2] }] })), on({ 'd-count': 20, 'x-limit': 301.8 }), true],
  [{ source: ['aws.ec2'], ...or({ region: ['eu-west-1'] }, { account: ['111122223333'] }) }, EC2, true],
  [{ source: ['aws.s3'], ...or({ region: ['us-west-1'] }, { account: ['111122223333'] }) }, EC2, false],
  [or({ a: [1], b: [2] }, { c: [3] }), { a: 1, b: 9 }, false],
  [or({ a: [1], b: [2] }, { c: [3] }), { a: 1, b: 2 }, true],
  [or({ a: [1], ...or({ b: [2] }, { c: [3] }) }, { d: [4] }), { a: 1, c: 3 }, true],
  [or({ a: [1], ...or({ b: [2] }, { c: [3] }) }, { d: [4] }), { a: 1 }, false],
  [{ ...or({ a: [1] }, { b: [2] }), detail: or({ c: [3] }, { d: [4] }) }, { b: 2, detail: { c: 3 } }, true],
  [{ ...or({ a: [1] }, { b: [2] }), detail: or({ c: [3] }, { d: [4] }) }, { b: 2, detail: { c: 4 } }, false],
  // A pattern of this project's subscribers.
  [{ source: ['event-trackers'], 'detail-type': ['Event Tracker State Change'], detail: { metadata: { tenantId: ['acme'] }, data: { status: ['ACTIVE', 'CREATE FAILED'] } } }, { source: 'event-trackers', 'detail-type': 'Event Tracker State Change', detail: { metadata: { tenantId: 'acme' }, data: { status: 'ACTIVE' } } }, true],
  // Names that JavaScript objects inherit are ordinary names.
  [{ constructor: [{ exists: false }] }, {}, true],
  [JSON.parse('{"__proto__":["x"]}'), JSON.parse('{"__proto__":"x"}'), true],
  // A scalar in an array selects none of the array's objects, but a nested array may.
  [{ a: [1], 'a.b': [{ exists: false }] }, { a: [1, [1], { b: 2 }] }, true],
  [{ a: [1], 'a.b': [{ exists: false }] }, { a: [1, [2], { b: 2 }] }, false],
];

test.each(TABLE)('%j on %j: %s', (pattern, event, expected) => {
  expect(compileEventPattern(JSON.stringify(pattern))(event)).toBe(expected);
});

// biome-ignore format: a table with one row per line: pattern, error message
const REFUSED: [string, string][] = [
  ['', 'it is not valid JSON'],
  ['{"a": [1]', 'it is not valid JSON'],
  ['[]', 'Filter is not an object'],
  ['"x"', 'Filter is not an object'],
  ['{}', 'Empty objects are not allowed'],
  ['{"detail": {}}', 'Empty objects are not allowed'],
  ['{"source": "aws.ec2"}', '"source" must be an object or an array'],
  ['{"source": null}', '"source" must be an object or an array'],
  ['{"source": []}', '"source": empty arrays are not allowed'],
  ['{"detail": {"state": [["x"]]}}', '"detail.state": match value must be String, number, true, false, or null'],
  ['{"a": [{}]}', '"a": match expression name not found'],
  ['{"a": [{"starts-with": "x"}]}', '"a": unrecognized match type starts-with'],
  ['{"a": [{"prefix": "x", "suffix": "y"}]}', '"a": only one key allowed in match expression'],
  ['{"a": [{"prefix": 5}]}', '"a": prefix match pattern must be a string'],
  ['{"a": [{"suffix": {"prefix": "x"}}]}', '"a": suffix match pattern must be a string or an equals-ignore-case expression'],
  ['{"a": [{"exists": "yes"}]}', '"a": exists match pattern must be either true or false'],
  ['{"a": [{"anything-but": []}]}', 'all values must be strings or all must be numbers'],
  ['{"a": [{"anything-but": ["x", 1]}]}', 'all values must be strings or all must be numbers'],
  ['{"a": [{"anything-but": null}]}', 'all values must be strings or all must be numbers'],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', 'null prefix/suffix not allowed'],
  ['{"a": [{"anything-but": {"numeric": ["=", 1]}}]}', 'unsupported anything-but pattern: numeric'],
  ['{"a": [{"anything-but": {"prefix": [1]}}]}', 'anything-but prefix match pattern must be a string'],
  ['{"a": [{"numeric": 5}]}', 'value of numeric must be an array'],
  ['{"a": [{"numeric": []}]}', 'unrecognized numeric range operator'],
  ['{"a": [{"numeric": ["!=", 5]}]}', 'unrecognized numeric range operator: !='],
  ['{"a": [{"numeric": [">", "5"]}]}', 'value of > must be numeric'],
  ['{"a": [{"numeric": [">", 5, "<"]}]}', 'value of < must be numeric'],
  ['{"a": [{"numeric": ["<", 5, ">", 1]}]}', 'too many elements in numeric expression'],
  ['{"a": [{"numeric": [">", 5, "<", 5]}]}', 'bottom must be less than top'],
  ['{"a": [{"numeric": ["=", 5000000001]}]}', 'value must be between -5.0E9 and 5.0E9, inclusive'],
  ['{"a": [{"cidr": "10.0.0.0"}]}', 'malformed CIDR'],
  ['{"a": [{"cidr": "10.0.0.0/33"}]}', 'malformed CIDR'],
  ['{"a": [{"wildcard": "a**b"}]}', 'consecutive wildcard characters at pos 1'],
  ['{"a": [{"wildcard": "a\\\\b"}]}', 'invalid escape character at pos 1'],
  ['{"$or": {"a": [1]}}', 'It must be an Array followed with $or'],
  ['{"$or": [{"a": [1]}]}', 'There must be at least 2 objects in $or relationship'],
  ['{"$or": [{"a": [1]}, "b"]}', 'Only JSON objects are allowed in array of $or relationship'],
  ['{"$or": [{"a": [1]}, {}]}', 'Empty objects are not allowed'],
  ['{"$or": [{"numeric": [123]}, {"prefix": ["abc"]}]}', '"numeric" is a reserved word which cannot be used inside $or'],
];

test.each(REFUSED)('%s is refused: %s', (pattern, reason) => {
  expect(() => compileEventPattern(pattern)).toThrow(
    expect.objectContaining({ code: 'InvalidEventPatternException', message: expect.stringContaining(reason) }),
  );
});

test('an event with eight arrays of twenty objects is matched quickly, and so is one with many levels and elements', () => {
  const names = Array.from({ length: 8 }, (_, n) => `array${n}`);
  const pattern = Object.fromEntries(names.map((each) => [each, { a: [1], b: [1] }]));
  const objects = Array.from({ length: 20 }, (_, n) => ({ a: n % 2, b: n % 2 }));
  const event: Record<string, unknown> = Object.fromEntries(names.map((each) => [each, objects]));
  const matches = compileEventPattern(JSON.stringify(pattern));
  expect(matches(event)).toBe(true);
  // Only the last array has no object with both.
  event.array7 = Array.from({ length: 20 }, (_, n) => ({ a: n % 2, b: (n + 1) % 2 }));
  expect(matches(event)).toBe(false);

  const inner = Array.from({ length: 2000 }, (_, n) => ({ c: n, d: [{ e: n + 1 }] }));
  let nested: unknown = inner;
  for (let level = 0; level < 990; level++) nested = [nested];
  const deep = compileEventPattern('{"a":{"c":[1999],"d":{"e":[1999]}}}');
  expect(deep({ a: nested })).toBe(false);
  expect(compileEventPattern('{"a":{"c":[1999],"d":{"e":[2000]}}}')({ a: nested })).toBe(true);
});

// biome-ignore format: a table with one row per line
test.each([
  // As recorded on AWS.
  [['*:*:*:*:*:event-bus/*'], true], [['/Users/*/dir/dir/dir/dir/dir/doc.txt'], false], [['arn:aws:events:us-east-1:*:event-bus/*'], false],
  // From event-ruler's tests, around the limit of complexity 10.
  [['*a*a*a*a*'], false], [['*a*a*a*a*a'], true], [['*a*a*a*a*a*a*a*a*'], true], [['*a*a*a', '*a*b'], false], [['*a*a*a', '*a*a*b'], true],
  [['F*eatureFeature', 'Fe*atureFeature'], false], [['F*eatureFeature', 'Fe*atureFeature', 'Fea*tureFeature'], true],
  [['a*aaaaaaa'], false], [['a*aaaaaaaaa'], true], [['a1*', 'b1*', 'c1*', 'd1*', 'e1*', 'f1*', 'g1*'], false],
  [['*a*a*a*a*a', '*a*a*a*a*a'], true], [['*', '*a', '*b', '*c', '*d'], false], [Array(20).fill('*a'), false],
])('wildcards %j are too complex: %s', (wildcards, isTooComplex) => {
  const refused = expect.objectContaining({ code: 'InvalidEventPatternException', message: expect.stringContaining('Rule is too complex') });
  for (const matchers of [wildcards.map((wildcard) => ({ wildcard })), [{ 'anything-but': { wildcard: wildcards } }]]) {
    const compile = () => compileEventPattern(JSON.stringify({ a: matchers }));
    if (isTooComplex) expect(compile).toThrow(refused);
    else expect(compile).not.toThrow();
  }
});

test('a match that needs too many comparisons is refused instead of blocking the process', () => {
  const prefixes = Array.from({ length: 200 }, (_, n) => ({ prefix: `p${n}` }));
  const matches = compileEventPattern(JSON.stringify({ a: prefixes }));
  const values = (count: number) => ({ a: Array.from({ length: count }, (_, n) => `v${n}`) });
  expect(matches(values(4000))).toBe(false);
  expect(() => matches(values(6000))).toThrow(
    expect.objectContaining({ code: 'ValidationException', message: expect.stringContaining('too many values') }),
  );
  // The first match ends the search.
  expect(matches({ a: ['p0', ...values(6000).a] })).toBe(true);
});

test('an empty field name is a valid name', () => {
  expect(compileEventPattern('{"":{"a":[1]}}')({ '': { a: 1 } })).toBe(true);
  expect(compileEventPattern('{"a":[1]}')({ '': { a: 1 } })).toBe(false);
});

test('a $or with more than 1000 combinations is refused', () => {
  const ten = (field: string) => or(...Array.from({ length: 10 }, (_, n) => ({ [field]: [n] })));
  const thousand = { a: ten('x'), b: ten('x'), c: ten('x') };
  expect(compileEventPattern(JSON.stringify(thousand))({ a: { x: 9 }, b: { x: 0 }, c: { x: 5 } })).toBe(true);
  const more = { ...thousand, d: or({ x: [1] }, { x: [2] }) };
  expect(() => compileEventPattern(JSON.stringify(more))).toThrow('more than 1000 combinations');
});

test('a pattern that is nested too deep is refused, and many matching elements do not slow a match down', () => {
  const deep = `${'{"a":'.repeat(3000)}[1]${'}'.repeat(3000)}`;
  expect(() => compileEventPattern(deep)).toThrow('nested more than 1000 levels deep');
  const pattern = compileEventPattern('{"a":["x"],"b":["x"],"c":["x"],"d":{"e":[1],"f":[2]}}');
  const many = Array.from({ length: 2000 }, () => 'x');
  expect(pattern({ a: many, b: many, c: many, d: [{ e: 1 }, { f: 2 }] })).toBe(false);
});

test('matches of fields in arrays of objects agree with an exhaustive search', () => {
  // Few names and values make matches likely. Some names sort before and after the dot, and arrays mix scalars with objects.
  const name = fc.constantFrom('a', 'b', 'a-', 'c');
  const { event } = fc.letrec<{ event: Record<string, unknown>; value: unknown }>((tie) => ({
    event: fc.dictionary(name, tie('value'), { maxKeys: 4, depthIdentifier: 'event' }),
    value: fc.oneof(
      { depthIdentifier: 'event', maxDepth: 5 },
      { weight: 2, arbitrary: fc.constantFrom(1, 2, null) },
      { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3, depthIdentifier: 'event' }) },
      { weight: 3, arbitrary: tie('event') },
    ),
  }));
  const leaf = fc.constantFrom(
    [1],
    [2],
    [1, 2],
    [null],
    [{ exists: true }],
    [{ exists: false }],
    [{ exists: false }, 1],
  );
  const { pattern } = fc.letrec<{ pattern: Record<string, unknown> }>((tie) => ({
    pattern: fc.dictionary(name, fc.oneof({ maxDepth: 3, depthIdentifier: 'pattern' }, leaf, leaf, tie('pattern')), {
      minKeys: 1,
      maxKeys: 3,
      depthIdentifier: 'pattern',
    }),
  }));
  const seen = { true: 0, false: 0 };
  fc.assert(
    fc.property(event, fc.array(pattern, { minLength: 1, maxLength: 2 }), (value, patterns) => {
      const json = JSON.stringify(patterns.length === 1 ? patterns[0] : { $or: patterns });
      const expected = matchesExhaustively(json, value);
      seen[`${expected}`] += 1;
      expect(compileEventPattern(json)(value)).toBe(expected);
    }),
    { numRuns: 20_000 },
  );
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(1000);
});
