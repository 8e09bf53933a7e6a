import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../../events/contract.ts';
import { EVENT_EXAMPLES } from '../../../tools/events/example-events.ts';

const FOLDER = join(import.meta.dirname, '../../../events/registry');
const files = readdirSync(FOLDER);
const schemas = files.map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));

/** `strict` reports keywords that are not in Draft 4. EventBridge's own keywords are allowed. */
const ajv = new Ajv.default({ strict: true, strictRequired: false, strictTypes: false, unicodeRegExp: false });
addFormats.default(ajv);
ajv.addVocabulary(['x-amazon-events-detail-type', 'x-amazon-events-source']);

const validateOf = (detailType: string) =>
  ajv.compile(schemas.find((schema) => schema['x-amazon-events-detail-type'] === detailType));
const examples = Object.entries(EVENT_EXAMPLES);

describe('the schemas for EventBridge’s schema registry', () => {
  test('are named source@detail-type, one for each event type', () => {
    expect(files.toSorted()).toEqual([
      'event-trackers@EventTrackerDriftDetected.json',
      'event-trackers@EventTrackerStateChange.json',
      'event-trackers@EventTrackerUpdated.json',
    ]);
    expect(schemas.map((schema) => schema['x-amazon-events-detail-type']).toSorted()).toEqual(
      Object.keys(EVENT_TYPES).toSorted(),
    );
    // The registry accepts only names of this form.
    for (const file of files) expect(file.replace('.json', '')).toMatch(/^[.\-_A-Za-z@]+$/);
  });

  test.each(schemas)('$title is a JSON Schema of Draft 4', (schema) => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-04/schema#');
    expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
    // The size limit of the registry.
    expect(JSON.stringify(schema).length).toBeLessThan(100_000);
  });

  test.each(examples)('%s is valid, even with fields of a later version', (_, example) => {
    const validate = validateOf(example['detail-type']);
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    const { detail } = example;
    expect(validate({ ...example, detail: { ...detail, later: 1, data: { ...detail.data, later: 1 } } })).toBe(true);
  });

  test.each(examples)('%s with a mistake is invalid', (_, example) => {
    const validate = validateOf(example['detail-type']);
    const { detail } = example;
    const withMetadata = (change: object) => ({
      ...example,
      detail: { ...detail, metadata: { ...detail.metadata, ...change } },
    });
    const withData = (change: object) => ({ ...example, detail: { ...detail, data: { ...detail.data, ...change } } });
    const mistakes = [
      { ...example, source: 'com.example' },
      { ...example, 'detail-type': 'Event Tracker Removed' },
      { ...example, version: '1' },
      { ...example, detail: {} },
      withMetadata({ sequence: 0 }),
      withMetadata({ sequence: '1' }),
      withMetadata({ schemaVersion: '2.0' }),
      withMetadata({ occurredAt: 'yesterday' }),
      withMetadata({ tenantId: '' }),
      withData({ status: 'GONE' }),
      withData({ name: undefined }),
      withData({ datasetGroupArn: 7 }),
    ].map((event) => JSON.parse(JSON.stringify(event)));
    for (const mistake of mistakes) expect(validate(mistake), JSON.stringify(mistake)).toBe(false);
  });

  test('the fields that a status requires are required here too', () => {
    const validate = validateOf('Event Tracker State Change');
    const { active, 'create-failed': failed, deleted } = EVENT_EXAMPLES;
    const withData = (example: typeof active, change: object) =>
      validate(
        JSON.parse(
          JSON.stringify({ ...example, detail: { ...example.detail, data: { ...example.detail.data, ...change } } }),
        ),
      );
    expect(withData(active, {})).toBe(true);
    expect(withData(active, { trackingId: undefined })).toBe(false);
    expect(withData(failed, { failure: undefined })).toBe(false);
    expect(withData(failed, { trackingId: 'x' })).toBe(false);
    expect(withData(deleted, { trackingId: 'x' })).toBe(false);
  });
});
