import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCHEMA_VERSION } from '../../../events/contract.ts';
import { isActive, parseEventTrackerEvent } from '../../../events/index.ts';
import { jsonSchemas } from '../../../tools/events/schemas.ts';
import { breaksOf } from './compatibility.ts';

/*
 * What was published under a version is kept: the schemas and, recorded from the local runtime (their tracking IDs taken out),
 * events of every kind. A new minor version gets a folder of its own beside 1.0; what stands there is never changed.
 */
const folder = join(import.meta.dirname, 'frozen');
const versions = readdirSync(folder);
const frozenSchemas = (version: string): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    readdirSync(join(folder, version))
      .filter((name) => name.endsWith('.schema.json'))
      .map((name) => [name, JSON.parse(readFileSync(join(folder, version, name), 'utf8'))]),
  );
const recorded = (version: string): { detail: { data: Record<string, unknown>; metadata: object } }[] =>
  JSON.parse(readFileSync(join(folder, version, 'recorded-events.json'), 'utf8'));

describe.each(versions)('version %s', (version) => {
  test('its schemas are kept: optional fields may come, nothing may go or change', () => {
    const present = jsonSchemas();
    const frozen = frozenSchemas(version);
    expect(Object.keys(frozen).length).toBeGreaterThan(0);
    for (const [name, schema] of Object.entries(frozen)) {
      const breaks = breaksOf(schema, { ...present[name] }, { frozen: version, present: SCHEMA_VERSION });
      expect(breaks, `${name}: a new major version, or leave it as it was`).toEqual([]);
    }
  });

  test('its recorded events parse, and nothing of them is lost', () => {
    const events = recorded(version);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(parseEventTrackerEvent(event).detail).toEqual(event.detail);
  });
});

test('the present version is among them', () => {
  expect(versions).toContain(SCHEMA_VERSION);
});

test('the recorded events are of every kind, and hold no tracking ID', () => {
  const events = recorded('1.0').map((event) => parseEventTrackerEvent(event));
  const kinds = events.map(({ detail }) => {
    const { status, drift } = detail.data as { status: string; drift?: string };
    return drift ?? status;
  });
  const drifts = ['DELETED_OUT_OF_BAND', 'CREATED_OUT_OF_BAND', 'STATUS_CHANGED', 'TAGS_LOST'];
  expect(new Set(kinds)).toEqual(new Set(['ACTIVE', 'CREATE FAILED', 'DELETED', 'RELEASED', ...drifts]));
  expect(events.filter(isActive).map(({ detail }) => detail.data.trackingId.replace(/\d+$/, ''))).toEqual(
    Array.from({ length: 5 }, () => 'redacted-'),
  );
});

describe('a change that would break readers is found', () => {
  const name = 'event-tracker-state-change.schema.json';
  interface Parsed {
    properties: Record<
      'metadata' | 'data',
      { properties: Record<string, Record<string, unknown>>; required: string[] }
    >;
    allOf: unknown[];
  }
  const schema: Parsed & Record<string, unknown> = JSON.parse(readFileSync(join(folder, '1.0', name), 'utf8'));
  /** The schema with something else in a place. */
  const changed = (change: (schema: Parsed) => void) => {
    const copy = structuredClone(schema);
    change(copy);
    return copy;
  };
  const statusesOf = ({ properties }: Parsed): unknown[] => {
    const values = properties.data.properties.status?.enum;
    if (!Array.isArray(values)) throw new Error('the schema lists no states');
    return values;
  };
  const same = { frozen: '1.0', present: '1.0' };
  const newer = { frozen: '1.0', present: '1.1' };
  const drop = (names: unknown[], dropped: string) => names.splice(names.indexOf(dropped), 1);

  test.each<[string, (schema: Parsed) => void, string[]]>([
    ['nothing', () => {}, []],
    [
      'a new optional field',
      ({ properties }) => Object.assign(properties.data.properties, { region: { type: 'string' } }),
      [],
    ],
    [
      'another description',
      ({ properties }) => Object.assign(properties.data.properties.name ?? {}, { description: 'x' }),
      [],
    ],
    [
      'a field removed',
      ({ properties }) => delete properties.data.properties.clientContext,
      ['detail.data.clientContext is removed'],
    ],
    [
      'a field renamed',
      ({ properties: { data } }) => {
        data.properties.title = data.properties.name ?? {};
        delete data.properties.name;
        data.required[data.required.indexOf('name')] = 'title';
      },
      ['detail.data.name is required no more', 'detail.data.name is removed', 'detail.data.title is required now'],
    ],
    [
      'a new required field',
      ({ properties }) => properties.data.required.push('region'),
      ['detail.data.region is required now'],
    ],
    [
      'an optional field required',
      ({ properties }) => properties.data.required.push('clientContext'),
      ['detail.data.clientContext is required now'],
    ],
    [
      'a required field optional',
      ({ properties }) => drop(properties.metadata.required, 'tenantId'),
      ['detail.metadata.tenantId is required no more'],
    ],
    [
      'another type',
      ({ properties }) => Object.assign(properties.metadata.properties.sequence ?? {}, { type: 'string' }),
      ['detail.metadata.sequence has another type'],
    ],
    [
      'a status more',
      (copy) => statusesOf(copy).push('PAUSED'),
      ['detail.data.status may be PAUSED, and the version is 1.0 still'],
    ],
    ['a status less', (copy) => drop(statusesOf(copy), 'ACTIVE'), ['detail.data.status is never ACTIVE any more']],
    [
      'another version',
      ({ properties }) => Object.assign(properties.metadata.properties.schemaVersion ?? {}, { const: '1.1' }),
      ['detail.metadata.schemaVersion is not always 1.0'],
    ],
  ])('%s', (_, change, expected) => {
    expect(breaksOf(schema, changed(change), same).toSorted()).toEqual(expected.toSorted());
  });

  test('a rule between fields that is given up', () => {
    expect(
      breaksOf(
        schema,
        changed((copy) => copy.allOf.pop()),
        same,
      ),
    ).toEqual([expect.stringMatching(/does not keep .*CREATE FAILED/)]);
  });

  test('a higher minor version may have a status more, and its own number', () => {
    const next = changed((copy) => {
      statusesOf(copy).push('PAUSED');
      Object.assign(copy.properties.metadata.properties.schemaVersion ?? {}, { const: '1.1' });
    });
    expect(breaksOf(schema, next, newer)).toEqual([]);
  });
});
