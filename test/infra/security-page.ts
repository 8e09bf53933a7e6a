import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { KEYED } from './encryption.ts';
import { unusedPurposes, withGrants } from './grant-reasons.ts';
import { ofType, type Synthesized } from './synthesized.ts';

export function securityPage({ bare, full }: { bare: Synthesized; full: Synthesized }): void {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/security.md'), 'utf8');
  /** The text of a section, from its heading to the next. */
  const section = (heading: string): string =>
    page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  /** The row of a table that begins with this text. */
  const row = (heading: string, start: string): string =>
    section(heading)
      .split('\n')
      .find((line) => line.startsWith(`| ${start}`)) ?? '';

  describe('docs/security.md', () => {
    test('lists every permission with its purpose, as npm run grants writes them', () => {
      expect(withGrants(page)).toBe(page);
      expect(unusedPurposes()).toEqual([]);
    });

    test('names the fields of the access log, and no others', () => {
      const stage = ofType(full, 'AWS::ApiGatewayV2::Stage')[0]?.[1];
      const { Format } = z.object({ Format: z.string() }).parse(stage?.Properties.AccessLogSettings);
      const line = JSON.parse(Format.replace('$context.status', '0'));
      const [item = ''] = section('What is logged')
        .split(/^- /m)
        .filter((each) => each.startsWith('**The access log'));
      // The sentence with the fields; the next begins with "No header".
      const [fields = ''] = item.split('No header');
      expect([...fields.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(Object.keys(line).sort());
    });

    test('says of each type that can have a key how it is encrypted', () => {
      const named = [...section('Encryption').matchAll(/`(AWS::\w+::\w+)`/g)].map(([, type]) => type);
      expect(named.sort()).toEqual(Object.keys(KEYED).sort());
      // Every type in the template that has a property for a key is one of them.
      const types = Object.values(full.resources).flatMap(({ Type, Properties }) =>
        /"Kms\w+"|"KMS\w+"|"EncryptionConfiguration"/.test(JSON.stringify(Properties)) ? Type : [],
      );
      expect([...new Set(types)].filter((type) => !named.includes(type))).toEqual([]);
    });

    test('has the retention of the template', () => {
      for (const [, { Properties }] of ofType(bare, 'AWS::Logs::LogGroup')) {
        expect(row('Retention', 'logs')).toContain(`${Properties.RetentionInDays} days`);
      }
      for (const [, { Properties }] of ofType(bare, 'AWS::Events::Archive')) {
        expect(row('Retention', 'the archive')).toContain(`${Properties.RetentionDays} days`);
      }
      for (const [, { Properties }] of ofType(bare, 'AWS::SQS::Queue')) {
        const days = Number(Properties.MessageRetentionPeriod) / 86_400;
        expect(row('Retention', 'dead letters')).toContain(`${days} days`);
      }
    });
  });
}
