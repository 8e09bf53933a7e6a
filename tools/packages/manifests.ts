import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
/** Each package is written to a folder of its name here, and packed beside it. */
export const PACKAGES = join(ROOT, 'dist/packages');

export const PACKAGE_NAMES = ['event-trackers', 'event-trackers-local', 'event-trackers-cdk'] as const;
export type PackageName = (typeof PACKAGE_NAMES)[number];

type Versions = Readonly<Record<string, string>>;

interface RootManifest {
  readonly version: string;
  readonly license: string;
  readonly engines: Versions;
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
  readonly [field: string]: unknown;
}

const root: RootManifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The version of all packages. */
export const VERSION = root.version;

/** What all manifests have in common. */
const common = { version: root.version, license: root.license, engines: root.engines };

/** The versions of dependencies, as this repository has them installed. @throws Error if it has one of them not */
function versionsOf(...names: string[]): Versions {
  const versions = { ...root.dependencies, ...root.devDependencies };
  return Object.fromEntries(
    names.map((name) => {
      const version = versions[name];
      if (version === undefined) throw new Error(`package.json has no dependency ${name}.`);
      return [name, version];
    }),
  );
}

const { name, description, type, bin, exports, dependencies, peerDependencies, peerDependenciesMeta } = root;

/** The package.json of each package. Only what is in its folder is packed, so that it needs no `files`. */
export const MANIFESTS: Readonly<Record<PackageName, object>> = {
  'event-trackers': {
    name,
    ...common,
    description: `${description} The typed client, the parser of the events, and the command line.`,
    keywords: ['aws', 'amazon-personalize', 'event-tracker', 'eventbridge'],
    type,
    bin,
    exports: { ...(exports as object), './openapi.json': './openapi.json' },
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
  },
  'event-trackers-local': {
    name: 'event-trackers-local',
    ...common,
    description:
      'The service for event trackers on a laptop and in tests: a tool, and a library for tests of subscribers.',
    keywords: ['aws', 'amazon-personalize', 'event-tracker', 'eventbridge', 'testing'],
    type: 'module',
    bin: { 'event-trackers-local': 'bin/event-trackers-local.js' },
    exports: {
      '.': { types: './types/infra/local/library/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    // Native code, and a module that requires its files by computed names. Everything else is in the bundle.
    dependencies: versionsOf('abstract-level', 'classic-level', 'dynalite'),
  },
  'event-trackers-cdk': {
    name: 'event-trackers-cdk',
    ...common,
    description: 'CDK constructs of the service for event trackers, with the code of its functions.',
    keywords: ['aws', 'cdk', 'aws-cdk', 'amazon-personalize', 'event-tracker'],
    // CommonJS, as aws-cdk-lib is: apps of both kinds can load it.
    type: 'commonjs',
    exports: {
      '.': { types: './types/infra/constructs/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    peerDependencies: Object.fromEntries(
      Object.entries(versionsOf('aws-cdk-lib', 'constructs')).map(([each, version]) => [each, `^${version}`]),
    ),
  },
};
