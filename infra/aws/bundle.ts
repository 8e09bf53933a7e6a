import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { FUNCTION_NAMES, type FunctionName } from './function-names.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Where the bundles are said to be: it is in the source maps, which must be the same wherever they are written to. */
const OUTDIR = join(ROOT, 'dist/functions');
const FILE = 'index.mjs';

/** The module whose `handler` Lambda calls, by function. */
export const ENTRIES: Readonly<Record<FunctionName, string>> = {
  'api-read': 'functions/api/read.ts',
  'api-write': 'functions/api/write.ts',
  'api-events': 'functions/api/events.ts',
  Observe: 'functions/workflow/Observe.ts',
  CheckDatasetGroup: 'functions/workflow/CheckDatasetGroup.ts',
  CreateEventTracker: 'functions/workflow/CreateEventTracker.ts',
  DeleteEventTracker: 'functions/workflow/DeleteEventTracker.ts',
  PublishEvents: 'functions/workflow/PublishEvents.ts',
  sweep: 'functions/sweep/lambda.ts',
  drift: 'functions/sweep/drift-lambda.ts',
};

export interface Bundle {
  /** Holds `index.mjs` and its source map, and nothing else: the function's code. */
  readonly folder: string;
  /** Of `index.mjs`, minified. */
  readonly bytes: number;
  /** The modules that are in it, from the repository's root; those of which nothing is left are not named. */
  readonly modules: readonly string[];
}
export type Bundles = Readonly<Record<FunctionName, Bundle>>;

/**
 * Credentials come to a Lambda by its environment. The SDK's chain of other places (SSO, files, processes, web identity) is a
 * quarter of a bundle, and never runs.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup({ onResolve, onLoad }) {
    // From where the chain itself finds it: it is a dependency of the chain's, not of this project's.
    const chain = dirname(createRequire(import.meta.url).resolve('@aws-sdk/credential-provider-node'));
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: 'environment-credentials',
    }));
    onLoad({ filter: /.*/, namespace: 'environment-credentials' }, () => ({
      contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
      resolveDir: chain,
    }));
  },
};

/**
 * Bundles every function: ESM for Node 24, minified, with a source map, everything in it. The same sources give the same
 * bytes, so that only what changed is deployed.
 * @param into a folder; each function gets one of its own in it
 * @param options `minify: false` leaves names as they are written, for who reads what is left of them
 * @throws what esbuild says of sources that can't be bundled
 */
export async function bundleFunctions(into: string, { minify = true } = {}): Promise<Bundles> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: FUNCTION_NAMES.map((name) => ({ in: ENTRIES[name], out: `${name}/index` })),
    outdir: OUTDIR,
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The modules of packages that have both: they can be shaken.
    mainFields: ['module', 'main'],
    minify,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [environmentCredentials],
  });
  for (const { path, contents } of outputFiles) {
    const folder = join(into, basename(dirname(path)));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, basename(path)), contents);
  }
  const bundles = FUNCTION_NAMES.map((name): [FunctionName, Bundle] => {
    const output = metafile.outputs[`dist/functions/${name}/${FILE}`];
    if (output === undefined) throw new Error(`esbuild made no ${FILE} of ${name}.`);
    const modules = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return [name, { folder: join(into, name), bytes: output.bytes, modules: modules.map(([path]) => path) }];
  });
  return Object.fromEntries(bundles) as Bundles;
}
