import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCHEMA_VERSION } from '../../../events/contract.ts';
import { isActive, parseEventTrackerEvent } from '../../../events/index.ts';
import { recordSchema } from '../../../functions/tracker/record-schema.ts';
import { jsonSchemas } from '../../../tools/events/schemas.ts';
import { breaksOf } from './compatibility.ts';

/*
 * Each published version stays compatible. A folder such as 1.0 holds its schemas, and events of every kind, recorded from the local
 * runtime without their tracking IDs. These files never change. A new minor version gets a folder of its own.
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
  test('its schemas still hold: optional fields may be added, but nothing may be removed or changed', () => {
    const present = jsonSchemas();
    const frozen = frozenSchemas(version);
    expect(Object.keys(frozen).length).toBeGreaterThan(0);
    for (const [name, schema] of Object.entries(frozen)) {
      const breaks = breaksOf(schema, { ...present[name] }, { frozen: version, present: SCHEMA_VERSION });
      expect(breaks, `${name}: undo the change, or publish a new major version`).toEqual([]);
    }
  });

  test('its recorded events parse without losing a field', () => {
    const events = recorded(version);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(parseEventTrackerEvent(event).detail).toEqual(event.detail);
  });
});

test('an event that an older version of the service recorded can still be published: the outbox accepts it', () => {
  const entries = recorded('1.0').map((event) => ({
    kind: 'event',
    id: 'et-x-1',
    at: 1,
    detailType: (event as unknown as { 'detail-type': string })['detail-type'],
    detail: event.detail,
  }));
  expect(recordSchema.shape.outbox.parse(entries)).toEqual(entries);
});

test('the current version has a folder', () => {
  expect(versions).toContain(SCHEMA_VERSION);
});

test('the recorded events are of every kind, and contain no tracking ID', () => {
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

test('the recorded events of version 1.1 are of every kind that it added', () => {
  const kinds = recorded('1.1').map(({ detail }) => detail.data.outcome ?? detail.data.drift);
  expect(new Set(kinds.filter(Boolean))).toEqual(new Set(['UPDATED', 'UPDATE_FAILED', 'TAGS_CHANGED']));
});

describe('an incompatible change is reported', () => {
  const name = 'event-tracker-state-change.schema.json';
  interface Parsed {
    properties: Record<
      'metadata' | 'data',
      { properties: Record<string, Record<string, unknown>>; required: string[] }
    >;
    allOf: unknown[];
  }
  const schema: Parsed & Record<string, unknown> = JSON.parse(readFileSync(join(folder, '1.0', name), 'utf8'));
  /** A changed copy of the schema. */
  const changed = (change: (schema: Parsed) => void) => {
    const copy = structuredClone(schema);
    change(copy);
    return copy;
  };
  const statusesOf = ({ properties }: Parsed): unknown[] => {
    const values = properties.data.properties.status?.enum;
    if (!Array.isArray(values)) throw new Error('the schema lists no statuses');
    return values;
  };
  const same = { frozen: '1.0', present: '1.0' };
  const newer = { frozen: '1.0', present: '1.1' };
  const drop = (names: unknown[], dropped: string) => names.splice(names.indexOf(dropped), 1);

  test.each<[string, (schema: Parsed) => void, string[]]>([
    ['no change', () => {}, []],
    [
      'a new optional field',
      ({ properties }) => Object.assign(properties.data.properties, { region: { type: 'string' } }),
      [],
    ],
    [
      'a different description',
      ({ properties }) => Object.assign(properties.data.properties.name ?? {}, { description: 'x' }),
      [],
    ],
    [
      'a removed field',
      ({ properties }) => delete properties.data.properties.clientContext,
      ['detail.data.clientContext is removed'],
    ],
    [
      'a renamed field',
      ({ properties: { data } }) => {
        data.properties.title = data.properties.name ?? {};
        delete data.properties.name;
        data.required[data.required.indexOf('name')] = 'title';
      },
      ['detail.data.name is no longer required', 'detail.data.name is removed', 'detail.data.title is required now'],
    ],
    [
      'a new required field',
      ({ properties }) => properties.data.required.push('region'),
      ['detail.data.region is required now'],
    ],
    [
      'an optional field that becomes required',
      ({ properties }) => properties.data.required.push('clientContext'),
      ['detail.data.clientContext is required now'],
    ],
    [
      'a required field that becomes optional',
      ({ properties }) => drop(properties.metadata.required, 'tenantId'),
      ['detail.metadata.tenantId is no longer required'],
    ],
    [
      'a different type',
      ({ properties }) => Object.assign(properties.metadata.properties.sequence ?? {}, { type: 'string' }),
      ['detail.metadata.sequence has a different type'],
    ],
    [
      'an added status',
      (copy) => statusesOf(copy).push('PAUSED'),
      ['detail.data.status may be PAUSED, but the version is still 1.0'],
    ],
    ['a removed status', (copy) => drop(statusesOf(copy), 'ACTIVE'), ['detail.data.status can no longer be ACTIVE']],
    [
      'a different version',
      ({ properties }) => Object.assign(properties.metadata.properties.schemaVersion ?? {}, { const: '1.1' }),
      ['detail.metadata.schemaVersion is not always 1.0'],
    ],
  ])('%s', (_, change, expected) => {
    expect(breaksOf(schema, changed(change), same).toSorted()).toEqual(expected.toSorted());
  });

  test('a rule between fields that is dropped', () => {
    expect(
      breaksOf(
        schema,
        changed((copy) => copy.allOf.pop()),
        same,
      ),
    ).toEqual([expect.stringMatching(/does not keep .*CREATE FAILED/)]);
  });

  test('a higher minor version may add a status, and has its own number', () => {
    const next = changed((copy) => {
      statusesOf(copy).push('PAUSED');
      Object.assign(copy.properties.metadata.properties.schemaVersion ?? {}, { const: '1.1' });
    });
    expect(breaksOf(schema, next, newer)).toEqual([]);
  });
});
