import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../../infra/local/console/bundle.ts';

/** The package has the bundle of the page (`writeConsole`). @see infra/local/console/bundle.ts */
export async function bundleConsole(): Promise<Bundle> {
  const folder = join(import.meta.dirname, '../../../console');
  const { build, types }: { build: string; types: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'files.json'), 'utf8'),
  );
  const files = Object.entries(types).map(([path, type]) => {
    const file = join(folder, path === '/' ? 'index.html' : path.slice('/_console/'.length));
    return [path, { type, body: readFileSync(file), compressed: readFileSync(`${file}.gz`) }];
  });
  return { build, files: Object.fromEntries(files) };
}
