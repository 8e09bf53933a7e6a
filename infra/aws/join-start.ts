import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** The files of a bundle, and the paths of those that are loaded at the start. */
export interface SplitBundle {
  readonly files: readonly Pick<OutputFile, 'path' | 'text'>[];
  readonly atStart: ReadonlySet<string>;
}

/** The output and what it imports statically. Paths are as in the metafile. */
export function loadedAtStart({ outputs }: Pick<Metafile, 'outputs'>, entry: string): Set<string> {
  const loaded = new Set([entry]);
  for (const path of loaded) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(imported);
    }
  }
  return loaded;
}

/** What a file needs of the entry, as the names under which the entry exports it. */
const NAMES_OF_ENTRY = /import\s*\{([^}]*)\}\s*from\s*"\.\/index\.mjs"/g;
const namesOf = (text: string): string[] =>
  [...text.matchAll(NAMES_OF_ENTRY)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim().split(/\s+as\s+/)[0] ?? ''),
  );

/**
 * Joins the files that are loaded at the start to one, `index.mjs`. esbuild puts what several dynamic imports share into files of its own: a
 * function with four of them would load nine files at its start, which takes a tenth of a first request's CPU time. The files that are
 * loaded on demand import what they share with the start from `index.mjs`.
 * @param split esbuild's output with `splitting` and inline source maps; all in one folder
 * @param options those of the first build
 * @param exportsOf the names that a file exports
 */
export async function joinStart(
  { files, atStart }: SplitBundle,
  options: BuildOptions,
  exportsOf: (path: string) => readonly string[],
): Promise<OutputFile[]> {
  const textOf = new Map(files.map(({ path, text }) => [path, text]));
  const startFiles = [...atStart];
  const entry = startFiles[0] ?? '';
  const folder = dirname(entry);
  /** The entry exports each name of each file under a name of its own. */
  const inEntry = (path: string, name: string) => `_${startFiles.indexOf(path)}_${name}`;
  const reexports = (names: readonly string[], from: string, to: (name: string) => [string, string]) =>
    `export { ${names.map((name) => to(name).join(' as ')).join(', ')} } from ${JSON.stringify(from)};`;

  const buildWith = async (contents: ReadonlyMap<string, string>, plugin: Plugin): Promise<OutputFile[]> => {
    const { outputFiles } = await build({
      ...options,
      entryPoints: [...contents.keys()],
      outdir: folder,
      splitting: false,
      sourcemap: 'linked',
      write: false,
      define: {},
      plugins: [plugin],
    });
    return outputFiles;
  };

  const onDemand = new Map([...textOf].filter(([path]) => !atStart.has(path)));
  const others = await buildWith(onDemand, {
    name: 'shared-with-the-start',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ kind, path }) => {
        if (kind === 'entry-point') return { path };
        const imported = join(folder, basename(path));
        if (atStart.has(imported) && path !== './index.mjs#joined') return { path: imported, namespace: 'start' };
        return { path: path.replace('#joined', ''), external: true };
      });
      onLoad({ filter: /./, namespace: 'start' }, ({ path }) => ({
        contents: reexports(exportsOf(path), './index.mjs#joined', (name) => [inEntry(path, name), name]),
      }));
      onLoad({ filter: /./ }, ({ path }) => ({ contents: onDemand.get(path) ?? '' }));
    },
  });

  const needed = new Set(others.filter(({ path }) => path.endsWith('.mjs')).flatMap(({ text }) => namesOf(text)));
  const start = await buildWith(new Map([[entry, '']]), {
    name: 'joined-start',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ kind, path }) => {
        if (kind === 'entry-point') return { path, namespace: 'joined' };
        const imported = join(folder, basename(path));
        return atStart.has(imported) && kind === 'import-statement' ? { path: imported } : { path, external: true };
      });
      onLoad({ filter: /./, namespace: 'joined' }, () => ({
        contents: [
          ...[`export * from './index.mjs';`],
          ...startFiles.flatMap((path) => {
            const names = exportsOf(path).filter((name) => needed.has(inEntry(path, name)));
            return names.length > 0
              ? reexports(names, `./${basename(path)}`, (name) => [name, inEntry(path, name)])
              : [];
          }),
        ].join('\n'),
      }));
      onLoad({ filter: /./ }, ({ path }) => ({ contents: textOf.get(path) ?? '' }));
    },
  });
  return [...start, ...others];
}
