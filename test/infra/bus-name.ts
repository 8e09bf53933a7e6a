import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FULL, ofType, type Synthesized } from './synthesized.ts';

export function busName({ bare, full }: { bare: Synthesized; full: Synthesized }): void {
  test('the AsyncAPI document and docs/events.md have the name of the deployed bus', () => {
    const file = join(import.meta.dirname, '../../events/asyncapi.json');
    const { address } = JSON.parse(readFileSync(file, 'utf8')).channels.eventTrackers;
    for (const [synthesized, stage] of [
      [bare, 'dev'],
      [full, FULL.stage],
    ] as const) {
      const names = ofType(synthesized, 'AWS::Events::EventBus').map(([, { Properties }]) => Properties.Name);
      expect(names).toEqual([address.replace('{stage}', stage)]);
    }
    const guide = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
    expect(guide).toContain(address.replace('{stage}', 'STAGE'));
  });
}
