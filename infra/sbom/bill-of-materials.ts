import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { Bundles } from '../aws/bundle.ts';

/** A software bill of materials (CycloneDX 1.5) of what a deployment runs: its functions, and the npm packages whose code they contain. */

const ROOT = resolve(import.meta.dirname, '../..');

const componentSchema = z.looseObject({ 'bom-ref': z.string(), name: z.string(), version: z.string() });
const billSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
export type BillOfMaterials = z.output<typeof billSchema>;

/** The folder of the innermost package of a module's path. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The packages whose code is in a bundle, as `NAME@VERSION`.
 * @param modules as in `Bundle`, relative to the repository's root
 */
export function packagesIn(modules: readonly string[]): Set<string> {
  const folders = new Set(modules.flatMap((path) => PACKAGE.exec(path)?.[0] ?? []));
  return new Set(
    [...folders].map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      return `${name}@${version}`;
    }),
  );
}

/** The bill of every package in package-lock.json, by npm. @throws Error with npm's message if it fails */
export function billOfLock(): BillOfMaterials {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm sbom ended with ${status}: ${stderr}`);
  return billSchema.parse(JSON.parse(stdout));
}

/**
 * The bill of a deployment: each function is a component that depends on the packages in its bundle. Licences, hashes and addresses are
 * npm's.
 * @param ofLock as `billOfLock` returns it
 * @throws Error for a package in a bundle that is not in package-lock.json
 */
export function billOfBundles(bundles: Bundles, ofLock: BillOfMaterials): BillOfMaterials {
  const { metadata } = ofLock;
  const { version } = metadata.component;
  const functions = Object.entries(bundles).map(([name, { modules }]) => ({
    component: {
      'bom-ref': `event-trackers-${name}`,
      type: 'application',
      name: `event-trackers-${name}`,
      version,
      description: 'A Lambda function',
    },
    packages: [...packagesIn(modules)].sort(),
  }));
  const used = new Set(functions.flatMap(({ packages }) => packages));
  const components = ofLock.components.filter((component) => used.has(`${component.name}@${component.version}`));
  const known = new Set(components.map(({ name, version: of }) => `${name}@${of}`));
  const unknown = [...used].filter((each) => !known.has(each));
  if (unknown.length > 0) throw new Error(`these packages are not in package-lock.json: ${unknown.join(', ')}`);
  const refs = new Map(components.map((component) => [`${component.name}@${component.version}`, component['bom-ref']]));
  const root = { ...metadata.component, type: 'application', name: 'event-trackers' };
  return {
    ...ofLock,
    metadata: { ...metadata, component: root },
    components: [...functions.map(({ component }) => component), ...components.map(asRuntimePart)],
    dependencies: [
      { ref: root['bom-ref'], dependsOn: functions.map(({ component }) => component['bom-ref']) },
      ...functions.map(({ component, packages }) => ({
        ref: component['bom-ref'],
        dependsOn: packages.flatMap((each) => refs.get(each) ?? []),
      })),
      // What the packages need of each other, as far as it is in a bundle.
      ...ofLock.dependencies
        .filter(({ ref }) => [...refs.values()].includes(ref))
        .map(({ ref, dependsOn }) => ({
          ref,
          dependsOn: dependsOn.filter((each) => [...refs.values()].includes(each)),
        })),
    ],
  };
}

/** npm marks what the repository lists in devDependencies; in a bundle it is a part of the application. */
function asRuntimePart({ properties, ...component }: BillOfMaterials['components'][number]) {
  const others = Array.isArray(properties)
    ? properties.filter((each: { name?: unknown }) => each.name !== 'cdx:npm:package:development')
    : [];
  return { ...component, ...(others.length > 0 && { properties: others }) };
}
