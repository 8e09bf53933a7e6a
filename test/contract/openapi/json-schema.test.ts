import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { EVERY_FEATURE } from '../../../functions/api/features.ts';
import { openApiDocument } from '../../../functions/api/openapi.ts';
import { createEventTrackerRequest, type DeploymentScope } from '../../../functions/api/schemas.ts';
import { ACCOUNT_ID, REGION } from '../../../infra/local/wire.ts';

const SCOPE: DeploymentScope = { partition: 'aws', region: REGION, accountId: ACCOUNT_ID };
const document = openApiDocument(SCOPE, EVERY_FEATURE);

// Without the `u` flag, which validators in other languages do not have.
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, unicodeRegExp: false });
addFormats.default(ajv);
ajv.addKeyword('components');
ajv.addSchema({ $id: 'document', components: document.components });

const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

/** The validation errors of a value; empty if it is valid. */
function faultsOf(schema: object, value: unknown): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const contents = Object.values(document.paths)
  .flatMap((methods) => Object.values(methods))
  .flatMap(({ operationId, requestBody, responses }) =>
    [requestBody?.content, ...Object.values(responses).map(({ content }) => content)].flatMap((content) =>
      Object.values(content ?? {}).map((body) => ({ operationId, ...body })),
    ),
  );

describe('a JSON Schema validator', () => {
  test('accepts every example of the document', () => {
    const faults = contents.flatMap(({ operationId, schema, examples = {} }) =>
      Object.entries(examples).flatMap(([name, { value }]) =>
        faultsOf(schema, value).map((fault) => `${operationId} ${name}: ${fault}`),
      ),
    );
    expect(faults).toEqual([]);
    expect(contents.filter(({ examples }) => examples).length).toBeGreaterThan(50);
  });

  const create = {
    name: 'shop',
    datasetGroupArn: `arn:aws:personalize:${REGION}:${ACCOUNT_ID}:dataset-group/acme-shop`,
  };
  test.each([
    ['a name with a space', { ...create, name: 'my shop' }],
    [
      'a dataset group of another account',
      { ...create, datasetGroupArn: create.datasetGroupArn.replace(/\d{12}/, '1') },
    ],
    ['a tag key with !', { ...create, tags: [{ tagKey: 'a!', tagValue: '' }] }],
    ['a tag value with a line break', { ...create, tags: [{ tagKey: 'a', tagValue: 'b\nc' }] }],
    ['an unknown field', { ...create, nmae: 'shop' }],
  ])('rejects %s', (_, body) => {
    expect(faultsOf(component('CreateEventTrackerRequest'), create)).toEqual([]);
    expect(faultsOf(component('CreateEventTrackerRequest'), body)).toHaveLength(1);
  });

  test('has a pattern for tags that accepts every tag the API accepts, and within ASCII no others', () => {
    const schema = createEventTrackerRequest(SCOPE).shape.tags;
    const characters = Array.from({ length: 0x600 }, (_, code) => String.fromCharCode(code));
    const accepted = characters.filter((tagValue) => schema.safeParse([{ tagKey: 'k', tagValue }]).success);
    expect(accepted).toEqual(expect.arrayContaining(['a', 'Z', '0', ' ', '@', 'ß', 'я']));
    const pattern = new RegExp(patternOf('tagValue'));
    const matching = characters.filter((character) => pattern.test(character));
    expect(matching).toEqual(expect.arrayContaining(accepted));
    const ofAscii = (of: string[]) => of.filter((character) => character < '\x80');
    expect(ofAscii(matching)).toEqual(ofAscii(accepted));
  });
});

/** All patterns in a JSON value. */
const patternsIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, member]) =>
        name === 'pattern' && typeof member === 'string' ? [member] : patternsIn(member),
      );
const patternOf = (name: string): string => {
  const found = new RegExp(`"${name}":\\{[^}]*?"pattern":("(?:[^"\\\\]|\\\\.)*")`).exec(JSON.stringify(document));
  return JSON.parse(found?.[1] ?? '""');
};

describe('a pattern means the same in every language', () => {
  const root = resolve(import.meta.dirname, '../../..');
  const published = [
    'asyncapi.json',
    ...['state-change', 'drift-detected'].map((name) => `schemas/event-tracker-${name}.schema.json`),
  ];
  const patterns = [
    ...new Set(
      [document, ...published.map((file) => JSON.parse(readFileSync(resolve(root, 'events', file), 'utf8')))].flatMap(
        patternsIn,
      ),
    ),
  ];

  test.each(patterns)('%s', (pattern) => {
    expect(() => [new RegExp(pattern), new RegExp(pattern, 'u')]).not.toThrow();
    // Rust has no lookarounds or backreferences. Python, and JavaScript without `u`, have no \p.
    expect(pattern).not.toMatch(/\\[pPkuUbBZzA1-9]|\(\?(?!:)|[*+?}]\+/);
    // Rust reads these as set operations.
    expect(pattern).not.toMatch(/\[[^\]]*(?:&&|--|~~)/);
  });

  test.skipIf(spawnSync('python3', ['--version']).error)('Python compiles them all', () => {
    const script = 'import json, re, sys; [re.compile(pattern) for pattern in json.load(sys.stdin)]';
    const { status, stderr } = spawnSync('python3', ['-c', script], {
      input: JSON.stringify(patterns),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('the documents contain patterns', () => expect(patterns.length).toBeGreaterThan(5));
});
