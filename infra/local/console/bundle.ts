import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const SOURCE = join(import.meta.dirname, '../../../console');

/** A file of the page, and the same compressed. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly compressed: Buffer;
}

export interface Bundle {
  /** The hash of all files. */
  readonly build: string;
  /** By path on the AWS port. */
  readonly files: Readonly<Record<string, PageFile>>;
}

/**
 * Bundles the console from its source: `/` (the page), `/_console/app.js`, `/_console/app.css` and `/_console/icon.svg`. It takes some
 * 200 ms, so the runtime does it when the page is asked for, and not at each start.
 * @throws the error of esbuild if the source does not compile
 */
export async function bundleConsole(): Promise<Bundle> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(SOURCE, 'app.tsx'), join(SOURCE, 'style/app.css')],
    tsconfig: join(SOURCE, 'tsconfig.json'),
    outdir: '/_console',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent',
  });
  const output = (extension: string): Uint8Array => {
    const file = outputFiles.find(({ path }) => path.endsWith(extension));
    if (file === undefined) throw new Error(`The bundle of the console has no ${extension} file.`);
    return file.contents;
  };
  const files = {
    '/': await fileOf('text/html; charset=utf-8', readFileSync(join(SOURCE, 'index.html'))),
    '/_console/app.js': await fileOf('text/javascript; charset=utf-8', output('.js')),
    '/_console/app.css': await fileOf('text/css; charset=utf-8', output('.css')),
    '/_console/icon.svg': await fileOf('image/svg+xml', readFileSync(join(SOURCE, 'icon.svg'))),
  };
  const hash = createHash('sha256');
  for (const { body } of Object.values(files)) hash.update(body);
  return { build: hash.digest('hex').slice(0, 16), files };
}

async function fileOf(type: string, content: Uint8Array): Promise<PageFile> {
  const body = Buffer.from(content);
  return { type, body, compressed: await promisify(gzip)(body, { level: 9 }) };
}
