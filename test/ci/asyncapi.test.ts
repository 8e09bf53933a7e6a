import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * Run by `npm run test:ci`. Checks what events/ publishes with the tools of its users: @asyncapi/parser and Ajv. test/ci/run.ts
 * installs them, because they are too large for a dependency of the project.
 */
interface Message {
  id(): string;
  payload(): { json(): object } | undefined;
  examples(): { all(): { name(): string; payload(): unknown }[] };
}
interface Parsed {
  readonly document?: {
    version(): string;
    messages(): { all(): Message[] };
    operations(): { all(): { id(): string }[] };
  };
  readonly diagnostics: readonly {
    readonly severity: number;
    readonly message: string;
    readonly path: readonly unknown[];
  }[];
}
interface Ajv {
  compile(
    schema: object,
  ): ((value: unknown) => boolean) & { errors?: readonly { instancePath: string; message?: string }[] | null };
  addKeyword(name: string): void;
}
type AjvClass = new (options: object) => Ajv;

/** The folder in which test/ci/run.ts installs @asyncapi/parser. Without it, these tests are skipped. */
const FOLDER = process.env.ASYNCAPI_PARSER;
const load = createRequire(join(FOLDER ?? import.meta.dirname, 'package.json'));
function parse(document: string): Promise<Parsed> {
  const { Parser }: { Parser: new () => { parse(document: string): Promise<Parsed> } } = load('@asyncapi/parser');
  return new Parser().parse(document);
}

const events = resolve(import.meta.dirname, '../../events');
const committed = readFileSync(join(events, 'asyncapi.json'), 'utf8');
// Spectral's severities: 0 is an error, 1 a warning. Higher ones are hints, for example to use AsyncAPI 3.1.
const faultsOf = ({ diagnostics }: Parsed) =>
  diagnostics.filter(({ severity }) => severity <= 1).map(({ path, message }) => `${path.join('.')}: ${message}`);
const json = (path: string) => JSON.parse(readFileSync(join(events, path), 'utf8'));

/** Compiles schemas to functions that return Ajv's errors for a value. A keyword that the draft does not define is an error. */
function ajvOf(module: string): (schema: object) => (value: unknown) => string[] {
  const Class: AjvClass = load(module).default;
  const ajv = new Class({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
  const addFormats: (ajv: Ajv) => void = load('ajv-formats').default;
  addFormats(ajv);
  // The parser adds this keyword to the schemas it returns.
  ajv.addKeyword('x-parser-schema-id');
  return (schema) => {
    const validate = ajv.compile(schema);
    return (value) =>
      validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

describe.skipIf(!FOLDER)('events/asyncapi.json', () => {
  test('is a valid AsyncAPI 3 document', async () => {
    const parsed = await parse(committed);
    expect(faultsOf(parsed)).toEqual([]);
    expect(parsed.document?.version()).toBe('3.0.0');
    const operations = parsed.document?.operations().all() ?? [];
    expect(operations.map((operation) => operation.id())).toEqual([
      'publishStateChange',
      'publishDriftDetected',
      'publishUpdated',
    ]);
  });

  test('is found invalid after a typo', async () => {
    const parsed = await parse(committed.replace('"address": "event', '"adress": "event'));
    expect(faultsOf(parsed).join()).toMatch(/adress/);
  });

  test('has examples that match the payloads of their messages; a broken example is found', async () => {
    const { document } = await parse(committed);
    const schemaOf = ajvOf('ajv');
    const messages = document?.messages().all() ?? [];
    const names: string[] = [];
    for (const message of messages) {
      const faults = schemaOf(message.payload()?.json() ?? { not: {} });
      for (const example of message.examples().all()) {
        names.push(example.name());
        expect(faults(example.payload()), example.name()).toEqual([]);
        expect(faults({ ...Object(example.payload()), source: 'com.example' })).not.toEqual([]);
      }
    }
    expect(names.toSorted()).toEqual([
      'active',
      'create-failed',
      'deleted',
      'deleted-out-of-band',
      'drift-detected',
      'released',
      'update-failed',
      'updated',
    ]);
  });
});

describe.skipIf(!FOLDER)('events/schemas', () => {
  test.each(readdirSync(join(events, 'schemas')))('%s is a JSON Schema of draft 2020-12', (name) => {
    const schema = json(`schemas/${name}`);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const faults = ajvOf('ajv/dist/2020.js')(schema);
    const isOfType = (example: string) =>
      `${json(`examples/${example}`)['detail-type'].toLowerCase().replaceAll(' ', '-')}.schema.json` === name;
    const ofType = readdirSync(join(events, 'examples')).filter(isOfType);
    expect(ofType).not.toEqual([]);
    for (const example of ofType) {
      const { detail } = json(`examples/${example}`);
      expect(faults(detail), example).toEqual([]);
      expect(faults({ ...detail, later: 1, data: { ...detail.data, later: 1 } }), 'an addition').toEqual([]);
      expect(faults({ ...detail, metadata: { ...detail.metadata, sequence: 0 } })).not.toEqual([]);
      expect(faults({ ...detail, metadata: { ...detail.metadata, occurredAt: 'yesterday' } })).not.toEqual([]);
    }
  });

  test('have the rules between fields that events/contract.ts has', () => {
    const faults = ajvOf('ajv/dist/2020.js')(json('schemas/event-tracker-state-change.schema.json'));
    const { detail: active } = json('examples/active.json');
    const { detail: failed } = json('examples/create-failed.json');
    const { trackingId, ...without } = active.data;
    expect(faults({ ...active, data: without })).not.toEqual([]);
    expect(faults({ ...failed, data: { ...failed.data, trackingId } })).not.toEqual([]);
    expect(faults({ ...failed, data: { ...failed.data, failure: undefined } })).not.toEqual([]);
  });
});
