import { appendFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Api } from '../../deployed/api.ts';
import { withHeaders } from '../../deployed/caller.ts';
import { Journal } from '../../deployed/journal.ts';

const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group';
const waiting = { timeoutMs: 1000, stopped: new AbortController().signal };

describe('the suite does not touch what it did not make', () => {
  test.each([
    ['DELETE', '/event-trackers/et-of-others', undefined],
    ['POST', '/event-trackers/et-of-others/retry', undefined],
    ['PATCH', '/event-trackers/et-of-others', { tags: [] }],
    ['POST', '/event-trackers', { name: 'a', datasetGroupArn: `${GROUP}/acme-shop` }],
    ['POST', '/event-trackers', { name: 'a', datasetGroupArn: `${GROUP}/acme-acceptance-2` }],
  ])('%s %s is refused before it is sent', async (method, path, body) => {
    const sent = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('sent'));
    const api = new Api('https://api.example.com', 'acceptance-1', waiting);
    await expect(api.send(withHeaders({}), method, path, { body })).rejects.toThrow(/^Refused to send/);
    expect(sent).not.toHaveBeenCalled();
    sent.mockRestore();
  });

  test('an event tracker of a list is its own only if its dataset group is', async () => {
    const trackers = ['acme-shop', 'acme-acceptance-1'].map((name, index) => ({
      trackerId: `et-${index}`,
      datasetGroupArn: `${GROUP}/${name}`,
    }));
    const sent = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation(async () => Response.json({ eventTrackers: trackers }));
    const api = new Api('https://api.example.com', 'acceptance-1', waiting);
    await api.send(withHeaders({}), 'GET', '/event-trackers');
    await expect(api.send(withHeaders({}), 'DELETE', '/event-trackers/et-0')).rejects.toThrow(/^Refused to send/);
    await expect(api.send(withHeaders({}), 'DELETE', '/event-trackers/et-1')).resolves.toMatchObject({ status: 200 });
    sent.mockRestore();
  });
});

describe('the journal of a run', () => {
  const run = {
    name: 'acceptance-1',
    url: 'https://a',
    tenant: 'acme',
    accountId: '1',
    region: 'r',
    pid: 1,
    host: 'h',
  };

  test('names what is left, the latest first, also if a kill cut its last line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'journal-'));
    const journal = new Journal(folder, run);
    journal.making('schema', 's');
    journal.making('dataset group', 'g');
    journal.making('event tracker', 'g');
    journal.making('event tracker', 'g');
    journal.removed('event tracker', 'g');
    journal.making('event tracker', 'g');
    appendFileSync(join(folder, 'acceptance-1.jsonl'), '{"at":"2026-');
    const [read] = Journal.readAll(folder);
    expect(read?.run).toEqual(run);
    expect(read?.left()).toEqual([
      { kind: 'event tracker', id: 'g' },
      { kind: 'dataset group', id: 'g' },
      { kind: 'schema', id: 's' },
    ]);
    for (const { kind, id } of read?.left() ?? []) read?.removed(kind, id);
    read?.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file that is no journal is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'journal-'));
    appendFileSync(join(folder, 'notes.jsonl'), 'hello\n');
    expect(() => Journal.readAll(folder)).toThrow(/notes\.jsonl is not a journal of this suite: "hello"/);
  });
});
