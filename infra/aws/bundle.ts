import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import {
  dynamicImportsOfSdk,
  environmentCredentials,
  noConfigurationFiles,
  nodeModules,
  noLogOfSdk,
  WITH_STACK_TRACES,
  withStackTraces,
  zodApart,
} from './bundle-plugins.ts';
import { type Deployed, deploymentFiles, OPENAPI_FILE, writeFiles } from './deployment-files.ts';
import { FUNCTION_NAMES, type FunctionName } from './function-names.ts';
import { joinStart, loadedAtStart } from './join-start.ts';

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
export interface BundleOptions {
  readonly minify?: boolean;
  readonly deployment?: Deployed;
}

export type Bundles = Readonly<Record<FunctionName, Bundle>>;

/**
 * The OpenAPI document of the deployment, from its file (deployment-files.ts), in place of the code that makes it. Its places for the Region
 * are filled in the function.
 */
const documentInstead: Plugin = {
  name: 'openapi-document',
  setup({ onLoad }) {
    onLoad({ filter: /functions\/api\/openapi-document\.ts$/ }, () => ({
      contents: `
        import { readFileSync } from 'node:fs';
        import { brotliDecompressSync } from 'node:zlib';
        import { trackerIdOf } from '../tracker/identity.ts';
        const placed = (text, { partition, region }) =>
          text.replaceAll('__partition__', partition).replaceAll('__region__', region);
        export const openApiJson = (scope) => {
          const file = readFileSync(new URL('${OPENAPI_FILE}', import.meta.url));
          const { datasetGroupArn, document } = JSON.parse(brotliDecompressSync(file).toString());
          return placed(document, scope).replaceAll('__tracker__', trackerIdOf(placed(datasetGroupArn, scope)));
        };`,
      loader: 'js',
    }));
  },
};

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
  plugins: [environmentCredentials, noConfigurationFiles, noLogOfSdk, nodeModules, dynamicImportsOfSdk],
} as const satisfies BuildOptions;

/**
 * Bundles every function. The same sources give the same bytes, so that only changed functions are deployed.
 * @param into a folder; each function gets a subfolder
 * @param options `minify: false` keeps the names readable, and the start in several files; `deployment` adds the files of a deployment,
 *   which synthesis adds otherwise
 * @throws esbuild's error if the sources cannot be bundled
 */
export async function bundleFunctions(into: string, { deployment, ...options }: BundleOptions = {}): Promise<Bundles> {
  const bundles = FUNCTION_NAMES.map(async (name): Promise<[FunctionName, Bundle]> => {
    const folder = join(into, name);
    const made = await bundle(name, folder, options);
    if (deployment) writeFiles(folder, deploymentFiles(name, deployment));
    return [name, made];
  });
  return Object.fromEntries(await Promise.all(bundles)) as Bundles;
}

async function bundle(
  name: FunctionName,
  folder: string,
  { minify = true }: Pick<BundleOptions, 'minify'>,
): Promise<Bundle> {
  const options = { ...LAMBDA_BUILD, minify } as const;
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [{ in: `${WITH_STACK_TRACES}${ENTRIES[name]}`, out: 'index' }],
    outdir: join(OUTDIR, name),
    write: false,
    sourcemap: 'inline',
    // It is in a file: hundreds of client IDs do not fit into the 4 KB of a Lambda's environment.
    define: { 'process.env.AUDIENCE': 'undefined' },
    // Only api-write needs no `zod` at its start.
    plugins: [...LAMBDA_BUILD.plugins, ...(name === 'api-write' ? [zodApart] : []), withStackTraces, documentInstead],
  });
  const atStart = loadedAtStart(metafile, join('dist/functions', name, 'index.mjs'));
  const absolute = (path: string) => join(ROOT, path);
  const exportsOf = (path: string) => metafile.outputs[relative(ROOT, path)]?.exports ?? [];
  const start = new Set([...atStart].map(absolute));
  // Joining removes the names of the modules, which are what a reader needs.
  const files = minify ? await joinStart({ files: outputFiles, atStart: start }, options, exportsOf) : outputFiles;
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
  const code = files.filter(({ path }) => path.endsWith('.mjs'));
  const bytesOf = (isAtStart: boolean) =>
    code.reduce((sum, { path, contents }) => sum + (start.has(path) === isAtStart ? contents.length : 0), 0);
  const all = Object.keys(metafile.outputs).filter((path) => path.endsWith('.mjs'));
  return {
    folder,
    bytes: bytesOf(true),
    bytesOnDemand: bytesOf(false),
    modules: modulesIn(metafile, all),
    modulesAtStart: modulesIn(metafile, [...atStart]),
  };
}

const modulesIn = ({ outputs }: Metafile, paths: readonly string[]): string[] =>
  paths.flatMap((path) =>
    Object.entries(outputs[path]?.inputs ?? {}).flatMap(([module, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [module] : [],
    ),
  );
