import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { examplesOf, printed } from './docs-examples.ts';

/* docs/client.md and docs/events.md, as they stand: what they show runs, and prints what they say. test/ci/pack.test.ts does the same with the installed package. */
const root = resolve(import.meta.dirname, '../..');
let folder: string;
let runtime: LocalRuntime;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-trackers-docs-'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  runtime = await startLocalRuntime();
  const timing = { createPendingMs: 100, createInProgressMs: 200, deletePendingMs: 100, deleteInProgressMs: 200 };
  await local(runtime, 'PUT', '/_simulator/timing', timing);
});
afterAll(async () => {
  await runtime?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Where the package's own exports lead once it is built. */
const fromSources = (source: string): string =>
  source
    .replace(/'event-trackers\/(client|events)'/g, (_, entry) => `'${join(root, entry, 'index.ts')}'`)
    .replaceAll('event-trackers/events/examples/', `${join(root, 'events/examples')}/`);

/** What the programs of a page print, one after the other. */
async function run(page: string): Promise<{ told: string[]; said: string[] }> {
  const examples = examplesOf(page);
  expect(examples.length).toBeGreaterThan(0);
  const told: string[] = [];
  for (const [index, { source }] of examples.entries()) {
    const file = join(folder, `${page}-${index}.ts`);
    writeFileSync(file, fromSources(source));
    const environment = {
      EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl,
      EVENT_TRACKERS_TOKEN: await tokenOf(runtime, 'acme', ['read', 'write']),
    };
    told.push(await printed(process.execPath, [file], { cwd: folder, environment }));
  }
  return { told, said: examples.map(({ prints }) => prints) };
}

describe.each(['client.md', 'events.md'])('docs/%s', (page) => {
  test('its examples run as they stand, and print what it says', async () => {
    const { told, said } = await run(page);
    expect(told).toEqual(said);
  });
});
