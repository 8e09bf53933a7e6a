import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundled, FULL, synthesize } from './synthesized.ts';

test('the bus that subscribers read of has the name that is deployed', async () => {
  const bundles = await bundled();
  const file = join(import.meta.dirname, '../../events/asyncapi.json');
  const { address } = JSON.parse(readFileSync(file, 'utf8')).channels.eventTrackers;
  for (const settings of [{}, FULL]) {
    const { resources } = synthesize(settings, bundles);
    const names = Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::Events::EventBus')
      .map(({ Properties }) => Properties.Name);
    expect(names).toEqual([address.replace('{stage}', 'stage' in settings ? settings.stage : 'dev')]);
  }
  const guide = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
  expect(guide).toContain(address.replace('{stage}', 'STAGE'));
});
