import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOT } from './manifests.ts';

/** Modules of a package that differ from those of the repository, by their paths. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * A module in a bundle finds its files as in the repository: `import.meta.dirname` is the folder of the same path below the package's root.
 * @param bundleFolder the expression for the folder of the bundle, which is directly below that root
 */
export const placesInPackage = (bundleFolder: string, replacements: Replacements = {}): Plugin => ({
  name: 'places-in-package',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = relative(ROOT, path);
      const read = join(ROOT, replacements[source] ?? source);
      const folder = `(${bundleFolder} + ${JSON.stringify(`/../${relative(ROOT, dirname(read))}`)})`;
      return {
        loader: 'ts',
        contents: readFileSync(read, 'utf8').replaceAll('import.meta.dirname', folder),
        resolveDir: dirname(read),
      };
    });
  },
});
