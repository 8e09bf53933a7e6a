import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/**
 * Bundles the entries of Lambda functions, each into a folder of its own, for as long as `synthesize` runs.
 * @param entries paths below examples/
 * @param synthesize receives the code of each entry, with the handler in a file of the entry's name
 */
export function withBundles<Names extends string>(
  entries: Readonly<Record<Names, string>>,
  synthesize: (code: Record<Names, Code>) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-example-'));
  try {
    const code = Object.fromEntries(
      Object.entries<string>(entries).map(([name, entry]) => [name, Code.fromAsset(bundle(entry, join(folder, name)))]),
    );
    synthesize(code as unknown as Record<Names, Code>);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundle(entry: string, outdir: string): string {
  buildSync({
    entryPoints: [resolve(import.meta.dirname, entry)],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    // The credential providers of the SDK are CommonJS and require Node's modules.
    banner: {
      js: "import { createRequire as exampleCreateRequire } from 'node:module'; const require = exampleCreateRequire(import.meta.url);",
    },
  });
  return outdir;
}
