import { rmSync } from 'node:fs';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { anotherOf, cloneHere } from './clone.ts';
import { AWS_PAGES, blocksOf, isRun, PAGES } from './pages.ts';
import { Reader } from './reader.ts';

/**
 * Run by `npm run test:ci`. Pastes every block of README.md and the pages unchanged, except for the ports of the runtime: all pages
 * in order into one terminal, and each page alone, side by side. aws-commands.test.ts checks the pages whose commands need AWS.
 */
const IS_ASKED_FOR = process.env.PASTED_PAGES === 'yes';
const PASTED = PAGES.filter((page) => !AWS_PAGES.includes(page) && blocksOf(page).some(isRun));

/** How many paste pages alone at a time, beside the one who pastes all in order. Their commands mostly wait. */
const ALONE = 2;

let clone: string;
beforeAll(() => {
  if (IS_ASKED_FOR) clone = cloneHere();
});
afterAll(() => {
  if (IS_ASKED_FOR) rmSync(clone, { recursive: true, force: true });
});

async function paste(pages: readonly string[], { withNpx = false } = {}): Promise<void> {
  const reader = await Reader.of(anotherOf(clone), { withNpx });
  try {
    await reader.paste(pages);
  } finally {
    await reader.close();
  }
}

const turn = pLimit(ALONE);
describe.runIf(IS_ASKED_FOR).concurrent('pasted as it stands', { timeout: 1_800_000 }, () => {
  test('all pages in order, in one terminal', () => paste(PASTED, { withNpx: true }));

  test.each(PASTED)('%s alone', (page) => turn(() => paste([page])));
});
