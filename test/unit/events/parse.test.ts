import { describe, expect, expectTypeOf, test } from 'vitest';
import { EventTrackerEventError, isActive, parseEventTrackerEvent } from '../../../events/index.ts';
import { EVENT_EXAMPLES } from '../../../tools/events/example-events.ts';
import { jsonSchemas } from '../../../tools/events/schemas.ts';

const { active, 'create-failed': failed, 'drift-detected': drift, deleted } = EVENT_EXAMPLES;
/** A copy of the example with a changed detail. */
const changed = (
  event: { readonly detail: { metadata: object; data: object } },
  metadata: object,
  data: object = {},
) => ({
  ...event,
  detail: { metadata: { ...event.detail.metadata, ...metadata }, data: { ...event.detail.data, ...data } },
});
const errorsOf = (event: unknown) => {
  try {
    parseEventTrackerEvent(event);
  } catch (error) {
    if (error instanceof EventTrackerEventError) return error.errors.map(({ field, rule }) => `${field} ${rule}`);
    throw error;
  }
  return [];
};

describe('a tolerant reader accepts and keeps', () => {
  test.each([
    ['an added field', changed(active, { more: 1 }, { region: 'us-east-1' })],
    [
      'an added field in a failure',
      changed(failed, {}, { failure: { ...failed.detail.data.failure, link: 'https://…' } }),
    ],
    ['an unknown status', changed(deleted, {}, { status: 'PAUSED', previousStatus: 'PAUSING' })],
    ['an unknown kind of drift', changed(drift, {}, { drift: 'RENAMED' })],
    ['a higher minor version', changed(active, { schemaVersion: '1.17' })],
    ['an added field in the envelope', { ...active, 'replay-name': 'again' }],
  ])('%s', (_, event) => {
    expect(parseEventTrackerEvent(event)).toEqual({ detailType: event['detail-type' as never], detail: event.detail });
  });

  test('an unknown detail-type of any version', () => {
    const event = { ...active, 'detail-type': 'Event Tracker Renamed', detail: { metadata: { schemaVersion: '2.0' } } };
    expect(parseEventTrackerEvent(event)).toEqual({
      detailType: 'unknown',
      name: 'Event Tracker Renamed',
      detail: event.detail,
    });
  });
});

test('a reader accepts an unknown value wherever the contract lists values', () => {
  const listed = (name: string) => {
    const fields: Record<string, { enum?: unknown }> = Object(jsonSchemas()[name]).properties.data.properties;
    return Object.keys(fields).filter((field) => fields[field]?.enum !== undefined);
  };
  const [ofStates, ofDrifts] = ['state-change', 'drift-detected'].map((name) =>
    listed(`event-tracker-${name}.schema.json`),
  );
  expect(ofStates).toEqual(['status', 'previousStatus']);
  expect(ofDrifts).toEqual(expect.arrayContaining(['status', 'drift']));
  for (const field of ofStates ?? []) expect(errorsOf(changed(deleted, {}, { [field]: 'LATER' }))).toEqual([]);
  for (const field of ofDrifts ?? []) expect(errorsOf(changed(drift, {}, { [field]: 'LATER' }))).toEqual([]);
});

describe('an invalid event is refused, and the error names the field and the rule', () => {
  const another =
    'detail.metadata.schemaVersion must be 1.x, the only major version that this version of event-trackers/events supports';
  test.each([
    ['a different source', { ...active, source: 'com.example' }, ['source must be event-trackers']],
    ['a higher major version', changed(active, { schemaVersion: '2.0' }), [another]],
    ['a version that only starts with 1', changed(active, { schemaVersion: '10.0' }), [another]],
    [
      'ACTIVE without a tracking ID',
      changed(active, {}, { trackingId: undefined }),
      ['detail.data.trackingId must be present if the status is ACTIVE'],
    ],
    [
      'CREATE FAILED without a failure',
      changed(failed, {}, { failure: undefined }),
      ['detail.data.failure must be present if the status is CREATE FAILED'],
    ],
    ['an empty status', changed(deleted, {}, { status: '' }), ['detail.data.status must be a non-empty string']],
  ])('%s', (_, event, errors) => {
    expect(errorsOf(event)).toEqual(errors);
  });

  test.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [[active]],
    [{ ...active, detail: 'x' }],
    [{ ...active, detail: {} }],
  ])('%j', (event) => {
    expect(errorsOf(event).length).toBeGreaterThan(0);
  });

  test.each(['eventId', 'schemaVersion', 'sequence', 'tenantId', 'correlationId', 'occurredAt'])('no %s', (field) => {
    expect(errorsOf(changed(active, { [field]: undefined })).join()).toMatch(
      new RegExp(`^detail\\.metadata\\.${field} `),
    );
  });

  test('no message quotes the content of the event', () => {
    const trackingId = 'a-tracking-id-that-is-secret';
    for (const wrong of [{ sequence: trackingId }, { schemaVersion: trackingId }, { occurredAt: trackingId }]) {
      expect(errorsOf(changed(active, wrong, { trackingId })).join()).not.toContain(trackingId);
    }
    expect(errorsOf({ ...active, source: trackingId }).join()).not.toContain(trackingId);
    expect(errorsOf(changed(active, {}, { trackingId: { trackingId } })).join()).not.toContain('secret');
  });
});

test('isActive narrows the type, so that the tracking ID is defined', () => {
  const event = parseEventTrackerEvent(active);
  if (!isActive(event)) throw new Error('the event is not ACTIVE');
  expectTypeOf(event.detail.data.trackingId).toEqualTypeOf<string>();
  expect(event.detail.data.trackingId).toBe(active.detail.data.trackingId);
  for (const other of [failed, drift, deleted]) expect(isActive(parseEventTrackerEvent(other))).toBe(false);
});

test('for any invalid value of any field, the error names the field and a rule in our own words', () => {
  const rubbish = [undefined, null, 0, 1.5, '', 'x', true, [], {}];
  const rules = new Set<string>();
  const tryAt = (event: object, path: readonly string[]) => {
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>((at, name) => Object(at[name]), Object(event));
    const name = path.at(-1) ?? '';
    const before = parent[name];
    for (const value of rubbish) {
      parent[name] = value;
      const errors = errorsOf(event);
      expect(new Set(errors.map((error) => error.split(' ')[0])).size, `${path}: ${errors}`).toBe(errors.length);
      for (const error of errors) rules.add(error.replace(/^\S+ /, ''));
    }
    parent[name] = before;
    if (typeof before === 'object' && before !== null)
      for (const inner of Object.keys(before)) tryAt(event, [...path, inner]);
  };
  for (const example of Object.values(EVENT_EXAMPLES)) {
    const event = structuredClone(example);
    for (const name of Object.keys(event)) tryAt(event, [name]);
  }
  expect(rules.size).toBeGreaterThan(5);
  for (const rule of rules) {
    expect(rule).toMatch(/^(must|is) /);
    expect(rule).not.toMatch(/\b(expected|received|invalid|record|nan|int)\b/i);
  }
});
