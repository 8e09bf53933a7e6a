import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { type Browser, launch, PLAYWRIGHT } from './chromium.ts';
import { openConsole, seriousFindings, tooWide } from './console-page.ts';

const WIDE = { width: 1400, height: 900 };
const NARROW = { width: 360, height: 740 };

describe.skipIf(PLAYWRIGHT === undefined)('the form that requests an event tracker, in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ viewport: WIDE });
  });
  beforeEach(async () => {
    runtime = await startLocalRuntime();
    await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 200, createInProgressMs: 400 });
    return async () => {
      await runtime.end('SIGKILL');
    };
  });
  afterAll(() => browser?.close());

  const open = async () => {
    const opened = await openConsole(browser, runtime);
    await opened.page.getByRole('button', { name: 'Request an event tracker' }).click();
    await opened.page.getByLabel('Name', { exact: true }).waitFor();
    return opened;
  };

  test('a tracker is requested on a dataset group that the form makes, and goes ACTIVE', async () => {
    await local(runtime, 'PUT', '/_simulator/timing', { datasetGroupMs: 1_500, datasetMs: 600 });
    const { page, wrong } = await open();
    await page.getByLabel('Name', { exact: true }).fill('books');
    await page.getByLabel('Dataset group', { exact: true }).selectOption('new');
    await page.getByLabel('Name of the new dataset group').fill('umbrella-books');
    await page.getByRole('button', { name: 'Make it' }).click();
    // It shows what it waits for, and nothing can be requested meanwhile.
    await page.locator('.new-group', { hasText: 'Waiting for the dataset group umbrella-books CREATE' }).waitFor();
    expect(await page.getByRole('button', { name: 'Request', exact: true }).isDisabled()).toBe(true);
    await page.locator('.new-group', { hasText: 'Waiting for its Interactions dataset' }).waitFor();
    await page.locator('.new-group').waitFor({ state: 'detached' });
    const group = DEMO_GROUP.replace('acme-shop', 'umbrella-books');
    expect(await page.getByLabel('Dataset group', { exact: true }).inputValue()).toBe(group);
    expect(await page.getByLabel('Tenant', { exact: true }).inputValue()).toBe('umbrella');
    await page.getByRole('button', { name: 'Add a tag' }).click();
    await page.getByLabel('Key of tag 1').fill('team');
    await page.getByLabel('Value of tag 1').fill('search');
    await page.getByText('More options').click();
    await page.getByLabel('Client context').fill('order 8');
    await page.getByRole('button', { name: 'Request', exact: true }).click();

    await page.locator('.detail-head h2', { hasText: 'books' }).waitFor();
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    expect(await page.locator('dialog').count()).toBe(0);
    const { body } = await call(runtime, 'GET', '/event-trackers', { token: await tokenOf(runtime, 'umbrella') });
    expect(body.eventTrackers).toMatchObject([
      {
        name: 'books',
        tenantId: 'umbrella',
        datasetGroupArn: group,
        clientContext: 'order 8',
        tags: [{ tagKey: 'team', tagValue: 'search' }],
      },
    ]);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('an invalid field shows its rule, and nothing that was typed in is lost; a platform can request it, too', async () => {
    const { page, wrong } = await open();
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('no spaces');
    await page.getByRole('button', { name: 'Add a tag' }).click();
    await page.getByLabel('Key of tag 1').fill('aws:team');
    await page.getByLabel('Value of tag 1').fill('search');
    await page.getByText('More options').click();
    await page.getByLabel('Task token').fill('token-1');
    await page.getByLabel('Heartbeat seconds').fill('3');
    await page.getByLabel('Client context').fill('order 8');
    // By the schema, while it is typed.
    await page.locator('.field', { hasText: 'Name' }).locator('.rule', { hasText: 'does not match ^' }).waitFor();
    await page.getByRole('button', { name: 'Request', exact: true }).click();

    // By the API, at the fields that its problem names.
    const ruleAt = async (label: string, text: string) => {
      const field = page.getByLabel(label, { exact: true });
      expect(await field.getAttribute('aria-invalid'), label).toBe('true');
      const described = await field.getAttribute('aria-describedby');
      expect(await page.locator(`[id="${described}"]`).innerText(), label).toContain(text);
    };
    await page.locator('dialog [role=alert]', { hasText: 'see the marked fields' }).waitFor();
    await ruleAt('Name', 'must start with a letter or digit, and contain only letters, digits, - and _');
    await ruleAt('Heartbeat seconds', 'must be at least 300');
    await page.locator('.tag-row .rule', { hasText: 'The key must not start with aws:' }).waitFor();
    expect(await name.inputValue()).toBe('no spaces');
    expect(await page.getByLabel('Key of tag 1').inputValue()).toBe('aws:team');
    expect(await page.getByLabel('Task token').inputValue()).toBe('token-1');
    expect(await page.getByLabel('Client context').inputValue()).toBe('order 8');

    await name.fill('shop');
    await page.getByLabel('Key of tag 1').fill('team');
    await page.getByLabel('Heartbeat seconds').fill('');
    await page.getByLabel('Task token').fill('');
    await page.getByLabel('Tenant', { exact: true }).fill('umbrella');
    await page.getByLabel('a platform, for it').click();
    await page.getByRole('button', { name: 'Request', exact: true }).click();
    // Another problem is told with what to do about it, too.
    await page.locator('dialog .note', { hasText: 'DATASET_GROUP_NOT_ALLOWED' }).waitFor();
    await ruleAt('Dataset group', 'must be a dataset group that the caller may use');
    await page.getByLabel('Tenant', { exact: true }).fill('acme');
    await page.getByRole('button', { name: 'Request', exact: true }).click();
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('the form has nothing serious for axe-core in light and dark, and fits 360 px', async () => {
    const opened = await open();
    const { page, wrong } = opened;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.getByText('More options').click();
    await page.getByRole('button', { name: 'Add a tag' }).click();
    await page.getByLabel('Dataset group', { exact: true }).selectOption('new');
    await page.getByLabel('Name of the new dataset group').fill('x'.repeat(100));
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.locator('.new-group .rule', { hasText: 'length less than or equal to 63' }).waitFor();
    await page.getByRole('button', { name: 'Request', exact: true }).click();
    await page.locator('dialog [role=alert]', { hasText: 'see the marked fields' }).waitFor();
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const where = `${colorScheme}, ${viewport.width} px`;
        expect.soft(await seriousFindings(opened, browser), where).toEqual([]);
      }
      expect.soft(await tooWide(page), `${viewport.width} px`).toBe(0);
    }
    // Personalize refused the dataset group, which the browser tells as an error.
    expect(wrong.filter((each) => !each.includes('status of 400'))).toEqual([]);
    await page.close();
  });
});
