import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundles, ENTRIES } from '../../infra/aws/bundle.ts';
import { type BillOfMaterials, billOfBundles, billOfLock } from '../../infra/sbom/bill-of-materials.ts';
import { EXCEPTIONS } from '../../tools/licenses/check.ts';
import { codeIn } from './code-in.ts';

export function billOfMaterials({ bundles, readable }: { bundles: Bundles; readable: Bundles }): void {
  describe('the bill of materials', () => {
    let bill: BillOfMaterials;
    let refs: Set<string>;
    beforeAll(() => {
      bill = billOfBundles(bundles, billOfLock());
      refs = new Set(bill.components.map((component) => component['bom-ref']));
    });

    test('has each function, with every package whose code is in it', () => {
      for (const name of Object.keys(ENTRIES) as (keyof Bundles)[]) {
        const { dependsOn } = bill.dependencies.find(({ ref }) => ref === `event-trackers-${name}`) ?? {};
        const named = new Set(dependsOn?.map((ref) => ref.replace(/@[^@]+$/, '')));
        // In readable code esbuild writes each module's path in a comment.
        const modules = codeIn(readable[name].folder).matchAll(
          /^\/\/ (?:\S*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/\S+$/gm,
        );
        const contained = new Set([...modules].map(([, of = '']) => of));
        expect([...named].sort(), name).toEqual([...contained].sort());
      }
    });

    test('has a version, a licence, a hash and a package URL of each package', () => {
      const packages = bill.components.filter(({ type }) => type === 'library');
      expect(packages.length).toBeGreaterThan(20);
      for (const component of packages) {
        expect(component, component.name).toMatchObject({
          version: expect.stringMatching(/^\d+\.\d+\.\d+/),
          purl: expect.stringMatching(/^pkg:npm\//),
          licenses: [expect.anything()],
          hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
        });
      }
    });

    test('every reference leads to a component, and no package with an exceptional licence is in it', () => {
      const root = bill.metadata.component['bom-ref'];
      for (const { ref, dependsOn } of bill.dependencies) {
        for (const each of [ref, ...dependsOn]) expect(refs.has(each) || each === root, each).toBe(true);
      }
      for (const { name } of bill.components) {
        expect(
          EXCEPTIONS.filter((each) => each.name.test(name)),
          name,
        ).toEqual([]);
      }
    });
  });
}
