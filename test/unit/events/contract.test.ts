import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCHEMA_VERSION, stateChangeSchema } from '../../../events/contract.ts';
import { jsonSchemas, schemaText } from '../../../tools/events/schemas.ts';

const folder = join(import.meta.dirname, '../../../events/schemas');

const active = {
  metadata: {
    eventId: 'et-x-1',
    schemaVersion: SCHEMA_VERSION,
    sequence: 1,
    tenantId: 'acme',
    correlationId: 'request-1',
    occurredAt: '2026-11-23T12:00:00.000Z',
  },
  data: {
    trackerId: 'et-x',
    status: 'ACTIVE',
    previousStatus: 'CREATE IN_PROGRESS',
    name: 'shop',
    datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
    eventTrackerArn: 'arn:aws:personalize:us-east-1:123456789012:event-tracker/d2e7ccdc',
    trackingId: 'the-tracking-id',
  },
};
const with_ = (data: object) => ({ ...active, data: { ...active.data, ...data } });

test('the committed JSON Schemas are generated from the contract', () => {
  const made = jsonSchemas();
  expect(readdirSync(folder).sort()).toEqual(Object.keys(made).sort());
  for (const [name, schema] of Object.entries(made)) {
    expect(readFileSync(join(folder, name), 'utf8'), `${name}: run npm run schemas`).toBe(schemaText(schema));
  }
});

test.each([
  ['ACTIVE with a tracking ID', active, true],
  ['a field that a later version adds', { ...active, data: { ...active.data, added: 1 } }, true],
  ['ACTIVE without a tracking ID', with_({ trackingId: undefined }), false],
  ['a tracking ID before ACTIVE', with_({ status: 'CREATE IN_PROGRESS' }), false],
  [
    'a tracking ID with a failure',
    with_({ status: 'CREATE FAILED', failure: { code: 'A', reason: 'b', remedy: 'c', retryable: true } }),
    false,
  ],
  ['CREATE FAILED without a failure', with_({ status: 'CREATE FAILED', trackingId: undefined }), false],
  [
    'CREATE FAILED with its failure',
    with_({
      status: 'CREATE FAILED',
      trackingId: undefined,
      failure: { code: 'A', reason: 'b', remedy: 'c', retryable: true },
    }),
    true,
  ],
  ['an unknown status', with_({ status: 'BROKEN', trackingId: undefined }), false],
])('%s: valid %#', (_, detail, valid) => {
  expect(stateChangeSchema.safeParse(detail).success).toBe(valid);
});
