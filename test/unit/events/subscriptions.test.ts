import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../../events/contract.ts';
import { EVENT_PATTERNS, ofTenant, parseEventTrackerEvent } from '../../../events/index.ts';
import { compileEventPattern } from '../../../infra/local/eventbridge/pattern.ts';
import { documents } from '../../../tools/events/documents.ts';
import { EVENT_EXAMPLES } from '../../../tools/events/example-events.ts';
import { schemaText } from '../../../tools/events/schemas.ts';

const folder = join(import.meta.dirname, '../../../events');
const examples = Object.entries(EVENT_EXAMPLES);

test('the JSON files in events/ are exactly those that the contract generates', () => {
  const made = documents();
  for (const [path, document] of Object.entries(made)) {
    expect(readFileSync(join(folder, path), 'utf8'), `${path}: run npm run schemas`).toBe(schemaText(document));
  }
  const committed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  expect(committed.toSorted()).toEqual(Object.keys(made).toSorted());
});

describe('the examples', () => {
  test.each(examples)('%s conforms to the contract, and parses', (_, example) => {
    const schema = EVENT_TYPES[example['detail-type']].detail;
    expect(schema.parse(example.detail)).toEqual(example.detail);
    expect(parseEventTrackerEvent(example)).toEqual({ detailType: example['detail-type'], detail: example.detail });
  });

  test('cover each outcome', () => {
    const statuses = examples.map(([, { detail }]) => detail.data.status);
    expect(new Set(statuses)).toEqual(new Set(['CREATE FAILED', 'ACTIVE', 'DELETED', 'RELEASED']));
  });
});

describe('the patterns', () => {
  const names = examples.map(([name]) => name);
  const WANTED: Record<keyof typeof EVENT_PATTERNS, string[]> = {
    all: names,
    'state-changes': names.filter((name) => !['drift-detected', 'updated', 'update-failed'].includes(name)),
    active: ['active'],
    failures: ['create-failed', 'deleted-out-of-band'],
    gone: ['deleted-out-of-band', 'deleted', 'released'],
    drift: ['drift-detected'],
    updates: ['updated', 'update-failed'],
  };
  const matchedBy = (pattern: object, events: readonly (readonly [string, object])[] = examples) => {
    const matches = compileEventPattern(JSON.stringify(pattern));
    return events.filter(([, event]) => matches(event)).map(([name]) => name);
  };
  const ofAnother = examples.map(([name, { detail, ...event }]) => {
    const metadata = { ...detail.metadata, tenantId: 'umbrella' };
    return [name, { ...event, detail: { ...detail, metadata } }] as const;
  });

  test.each(Object.entries(EVENT_PATTERNS))('%s matches exactly the events in its description', (name, pattern) => {
    expect(matchedBy(pattern)).toEqual(WANTED[name as keyof typeof WANTED]);
    const foreign = examples.map(([example, event]) => [example, { ...event, source: 'com.example' }] as const);
    expect(matchedBy(pattern, foreign)).toEqual([]);
  });

  test.each(Object.entries(EVENT_PATTERNS))(
    '%s for one tenant matches the same events of that tenant only',
    (_, pattern) => {
      expect(matchedBy(ofTenant('acme', pattern))).toEqual(matchedBy(pattern));
      expect(matchedBy(ofTenant('acme', pattern), ofAnother)).toEqual([]);
      expect(matchedBy(ofTenant('umbrella', pattern), ofAnother)).toEqual(matchedBy(pattern));
    },
  );

  test('EventBridge accepts the pattern in each file', () => {
    for (const file of readdirSync(join(folder, 'patterns'))) {
      expect(() => compileEventPattern(readFileSync(join(folder, 'patterns', file), 'utf8')), file).not.toThrow();
    }
  });
});
