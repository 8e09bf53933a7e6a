import { expect, test } from 'vitest';
import { bundleConsole } from '../../../infra/local/console/bundle.ts';

/** The most that a browser may have to load to show the console. */
const BUDGET_BYTES = 120 * 1024;

test('the console weighs at most 120 KB over the wire', async () => {
  const { files } = await bundleConsole();
  const weights = Object.entries(files).map(([path, { compressed }]) => [path, compressed.length] as const);
  const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
  expect(total, JSON.stringify(weights)).toBeLessThanOrEqual(BUDGET_BYTES);
  expect(total).toBeGreaterThan(10_000);
});

test('the page is the same bundle each time, so that an open page notices only a real change', async () => {
  expect((await bundleConsole()).build).toBe((await bundleConsole()).build);
});
