import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import type { Features } from '../../functions/api/features.ts';
import { EXAMPLE_ACCOUNT } from '../../functions/api/openapi.ts';
import { openApiJson } from '../../functions/api/openapi-document.ts';
import { exampleRequests } from '../../functions/api/openapi-examples.ts';
import type { AccountSettings } from '../../functions/tracker/accounts.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import {
  dynamicImportsOfSdk,
  environmentCredentials,
  nodeModules,
  WITH_STACK_TRACES,
  withStackTraces,
} from './bundle-plugins.ts';
import { FUNCTION_NAMES, type FunctionName } from './function-names.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The folder that the source maps name. It is fixed, so that they do not depend on where the bundles are written. */
const OUTDIR = join(ROOT, 'dist/functions');

/** The module whose `handler` Lambda calls, by function: each `*.lambda.ts`, and no other. */
export const ENTRIES: Readonly<Record<FunctionName, string>> = {
  'api-read': 'functions/api/read.lambda.ts',
  'api-write': 'functions/api/write.lambda.ts',
  'api-events': 'functions/api/events.lambda.ts',
  'api-authorizer': 'functions/authorizer/authorize.lambda.ts',
  Observe: 'functions/workflow/Observe.lambda.ts',
  CheckDatasetGroup: 'functions/workflow/CheckDatasetGroup.lambda.ts',
  CreateEventTracker: 'functions/workflow/CreateEventTracker.lambda.ts',
  DeleteEventTracker: 'functions/workflow/DeleteEventTracker.lambda.ts',
  UpdateTags: 'functions/workflow/UpdateTags.lambda.ts',
  PublishEvents: 'functions/workflow/PublishEvents.lambda.ts',
  AdmitWaiting: 'functions/workflow/AdmitWaiting.lambda.ts',
  sweep: 'functions/sweep/sweep.lambda.ts',
  drift: 'functions/sweep/drift.lambda.ts',
  operations: 'functions/operations/operations.lambda.ts',
  'tracking-id-parameters': 'functions/tracking-ids/parameters.lambda.ts',
  'tracking-id-secrets': 'functions/tracking-ids/secrets.lambda.ts',
};

export interface Bundle {
  /** The function's code: `index.mjs`, the files that it imports, their source maps, and the accounts if there are any. Nothing else. */
  readonly folder: string;
  /** The size of the code that is loaded at the start, without source maps. */
  readonly bytes: number;
  /** The size of the rest: what a rare request loads. */
  readonly bytesOnDemand: number;
  /** The modules in it, relative to the repository's root, except those that were removed completely. */
  readonly modules: readonly string[];
  readonly modulesAtStart: readonly string[];
}
export type Bundles = Readonly<Record<FunctionName, Bundle>>;

/** What of a deployment is in its bundles. */
export interface Documented {
  readonly features: Features;
  readonly tenantPattern: string;
  readonly accounts: AccountSettings;
}

/** What the code of a deployment contains. */
export interface Contained extends Documented {
  /** The accepted client IDs: hundreds of them do not fit into the 4 KB of a Lambda's environment. */
  readonly audience: readonly string[];
}

/** The setting `accounts`, beside the code: an environment holds 4 KB, and a function fails if the file is missing. */
export const ACCOUNTS_FILE = 'accounts.json';

/**
 * The OpenAPI document in place of the code that makes it. The Region is known in the function only, so its place is filled
 * there; so is the id in the examples, which is made of an ARN.
 */
const documentInstead = ({ features, tenantPattern, accounts }: Documented): Plugin => ({
  name: 'openapi-document',
  setup({ onLoad }) {
    const places = { partition: '__partition__', region: '__region__' };
    const scope = {
      ...places,
      accountId: EXAMPLE_ACCOUNT,
      tenantPattern,
      otherAccounts: Object.keys(accounts).length > 0,
    };
    const { datasetGroupArn } = exampleRequests(scope).create;
    const json = openApiJson(scope, features).replaceAll(trackerIdOf(datasetGroupArn), '__tracker__');
    // Its JSON is a third of a bundle; compressed, a few hundredths.
    const compressed = brotliCompressSync(json).toString('base64');
    onLoad({ filter: /functions\/api\/openapi-document\.ts$/ }, () => ({
      contents: `
        import { brotliDecompressSync } from 'node:zlib';
        import { trackerIdOf } from '../tracker/identity.ts';
        const placed = (text, { partition, region }) =>
          text.replaceAll('__partition__', partition).replaceAll('__region__', region);
        export const openApiJson = (scope) =>
          placed(brotliDecompressSync(Buffer.from('${compressed}', 'base64')).toString(), scope).replaceAll('__tracker__', trackerIdOf(placed(${JSON.stringify(datasetGroupArn)}, scope)));`,
      loader: 'js',
    }));
  },
});

/** How code becomes a Lambda function: minified ES modules for Node 24 with source maps, which need nothing else. */
export const LAMBDA_BUILD = {
  absWorkingDir: ROOT,
  outExtension: { '.js': '.mjs' },
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // What is imported dynamically is in a file of its own, and loaded when it is needed.
  splitting: true,
  chunkNames: '[name]-[hash]',
  // Prefer a package's ES modules, which esbuild can tree-shake.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'silent',
  plugins: [environmentCredentials, nodeModules, dynamicImportsOfSdk],
} as const satisfies BuildOptions;

/**
 * Bundles every function. The same sources give the same bytes, so that only changed functions are deployed.
 * @param into a folder; each function gets a subfolder
 * @param contained the deployment that they are made for
 * @param options `minify: false` keeps names readable
 * @throws esbuild's error if the sources cannot be bundled
 */
export async function bundleFunctions(into: string, contained: Contained, options = {}): Promise<Bundles> {
  const bundles = FUNCTION_NAMES.map(async (name): Promise<[FunctionName, Bundle]> => {
    const folder = join(into, name);
    return [name, await bundle(name, folder, contained, options)];
  });
  return Object.fromEntries(await Promise.all(bundles)) as Bundles;
}

async function bundle(
  name: FunctionName,
  folder: string,
  contained: Contained,
  { minify = true }: { minify?: boolean },
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...LAMBDA_BUILD,
    entryPoints: [{ in: `${WITH_STACK_TRACES}${ENTRIES[name]}`, out: 'index' }],
    outdir: join(OUTDIR, name),
    minify,
    define: { 'process.env.AUDIENCE': JSON.stringify(contained.audience.join(',')) },
    plugins: [...LAMBDA_BUILD.plugins, withStackTraces, documentInstead(contained)],
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents);
  if (Object.keys(contained.accounts).length > 0) {
    writeFileSync(join(folder, ACCOUNTS_FILE), JSON.stringify(contained.accounts));
  }
  const all = Object.keys(metafile.outputs).filter((path) => path.endsWith('.mjs'));
  const atStart = loadedAtStart(metafile, join('dist/functions', name, 'index.mjs'));
  const bytesOf = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
  return {
    folder,
    bytes: bytesOf(atStart),
    bytesOnDemand: bytesOf(all) - bytesOf(atStart),
    modules: modulesIn(metafile, all),
    modulesAtStart: modulesIn(metafile, atStart),
  };
}

/** The file and what it imports statically. */
function loadedAtStart({ outputs }: Metafile, entry: string): string[] {
  const loaded = new Set([entry]);
  for (const path of loaded) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(imported);
    }
  }
  return [...loaded];
}

const modulesIn = ({ outputs }: Metafile, paths: readonly string[]): string[] =>
  paths.flatMap((path) =>
    Object.entries(outputs[path]?.inputs ?? {}).flatMap(([module, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [module] : [],
    ),
  );
