import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleConsole } from '../../../infra/local/console/bundle.ts';
import { SWAGGER_UI } from '../../../infra/local/swagger-ui.ts';
import { placesInPackage } from '../bundling.ts';
import { writeDeclarations } from '../declarations.ts';
import { packDocuments } from '../documents.ts';
import { ROOT } from '../manifests.ts';
import { writeNotices } from '../notices.ts';

/** Files that the modules of the bundle read, at the same paths as in the repository. */
const READ = [
  'statemachine/event-tracker-lifecycle.asl.json',
  'statemachine/event-tracker-admission.asl.json',
  'examples/onboarding/onboarding.asl.json',
  'examples/onboarding/onboarding-list.asl.json',
];
const SOURCE = 'packages/event-trackers-local';

const REPLACED = {
  'infra/local/commands.ts': 'tools/packages/local/commands.ts',
  'infra/local/swagger-ui.ts': 'tools/packages/local/swagger-ui.ts',
  'infra/local/step-functions/asl-check.ts': 'tools/packages/local/asl-check.ts',
  'infra/local/library/program.ts': 'tools/packages/local/program.ts',
  'infra/local/console/bundle.ts': 'tools/packages/local/console-bundle.ts',
};

/** Writes the package `event-trackers-local`: the runtime with the console, its commands, and the library for tests. */
export async function writeEventTrackersLocal(folder: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: {
      main: 'infra/local/main.ts',
      token: 'infra/local/token.ts',
      events: 'infra/local/watch-events.ts',
      index: 'infra/local/library/index.ts',
    },
    absWorkingDir: ROOT,
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    metafile: true,
    legalComments: 'none',
    // Native code with its base, and a module that requires its files by computed names.
    external: ['classic-level', 'abstract-level', 'dynalite'],
    // What CommonJS modules in the bundle require of Node.js.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';const require = requireOf(import.meta.url);",
    },
    logLevel: 'error',
    plugins: [placesInPackage('import.meta.dirname', REPLACED)],
  });
  writeNotices(
    folder,
    [metafile],
    ['node_modules/swagger-ui-dist', 'node_modules/preact', 'node_modules/@preact/signals'],
  );
  for (const path of READ) cpSync(join(ROOT, path), join(folder, path));
  for (const path of ['bin', 'examples']) cpSync(join(ROOT, SOURCE, path), join(folder, path), { recursive: true });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE']) {
    cpSync(join(SWAGGER_UI, file), join(folder, 'swagger-ui', file));
  }
  await writeConsole(join(folder, 'console'));
  writeDeclarations(folder, 'infra/local/library/index.ts', []);
  packDocuments(folder, {
    'README.md': `${SOURCE}/README.md`,
    'docs/testing.md': 'docs/testing.md',
    'docs/local-runtime.md': 'docs/local-runtime.md',
    'docs/console.md': 'docs/console.md',
  });
}

/** The page, bundled: console-bundle.ts reads it. */
async function writeConsole(folder: string): Promise<void> {
  const { build: hash, files } = await bundleConsole();
  mkdirSync(folder, { recursive: true });
  for (const [path, { body, compressed }] of Object.entries(files)) {
    const file = join(folder, path === '/' ? 'index.html' : path.slice('/_console/'.length));
    writeFileSync(file, body);
    writeFileSync(`${file}.gz`, compressed);
  }
  const types = Object.fromEntries(Object.entries(files).map(([path, { type }]) => [path, type]));
  writeFileSync(join(folder, 'files.json'), JSON.stringify({ build: hash, types }));
}
