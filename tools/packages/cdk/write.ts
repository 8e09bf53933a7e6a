import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleFunctions } from '../../../infra/aws/bundle.ts';
import { placesInPackage } from '../bundling.ts';
import { writeDeclarations } from '../declarations.ts';
import { packDocuments } from '../documents.ts';
import { ROOT } from '../manifests.ts';
import { writeNotices } from '../notices.ts';

export const ENTRY = 'infra/constructs/index.ts';
/** What the declarations may import, because each user of the package has it. */
export const PEERS = ['aws-cdk-lib', 'constructs'];

const SOURCE = 'packages/event-trackers-cdk';
/** Files that the constructs read, at the same paths as in the repository. */
const READ = ['statemachine', 'events/registry'];

/** Writes the package `event-trackers-cdk`: the constructs, and the code of the functions. */
export async function writeEventTrackersCdk(folder: string): Promise<void> {
  const bundles = await bundleFunctions(join(folder, 'functions'));
  const { metafile } = await build({
    entryPoints: { index: ENTRY },
    absWorkingDir: ROOT,
    outdir: join(folder, 'dist'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    metafile: true,
    legalComments: 'none',
    external: PEERS.flatMap((name) => [name, `${name}/*`]),
    logLevel: 'error',
    plugins: [
      placesInPackage('__dirname', {
        'infra/constructs/packaged-functions.ts': 'tools/packages/cdk/packaged-functions.ts',
      }),
    ],
  });
  const inFunctions = Object.values(bundles).flatMap(({ modules }) => modules);
  writeNotices(folder, [metafile], inFunctions);
  for (const path of READ) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  writeDeclarations(folder, ENTRY, PEERS);
  const pages = ['accounts', 'deploy', 'operations', 'other-buses', 'tracking-ids'].map((page) => `docs/${page}.md`);
  packDocuments(folder, {
    'README.md': `${SOURCE}/README.md`,
    'API.md': `${SOURCE}/API.md`,
    ...Object.fromEntries(pages.map((page) => [page, page])),
  });
}
