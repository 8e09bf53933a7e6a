import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
const MAIN = join(ROOT, 'infra/local/main.ts');

/** A module in the bundle finds its files where its source is. */
const whereItsSourceIs: Plugin = {
  name: 'where-its-source-is',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/**
 * Bundles the local runtime, once per run: loading its 700 modules is a third of the CPU that each start costs, and the tests start it
 * some eighty times. The processes find the bundle in LOCAL_RUNTIME.
 */
export default async function bundledRuntime(): Promise<void> {
  const folder = join(ROOT, 'node_modules/.cache/local-runtime');
  mkdirSync(folder, { recursive: true });
  // Another run may start processes of the same file.
  const written = join(folder, `${process.pid}.mjs`);
  await build({
    entryPoints: [MAIN],
    outfile: written,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Native modules and the base of one, one that requires its modules by computed names, and one whose files are served.
    external: ['classic-level', 'abstract-level', 'esbuild', 'dynalite', 'swagger-ui-dist'],
    // What CommonJS modules in the bundle require of Node.js.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);",
    },
    logLevel: 'error',
    plugins: [whereItsSourceIs],
  });
  process.env.LOCAL_RUNTIME = join(folder, 'main.mjs');
  renameSync(written, process.env.LOCAL_RUNTIME);
}
