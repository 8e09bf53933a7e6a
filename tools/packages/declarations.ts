import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from './manifests.ts';

/**
 * Writes the type declarations of an entry, and of those modules only that they need, to `types/` of a package.
 * @param entry the path of a module in the repository
 * @param packages what the declarations may import from npm, because a user of the package has it
 * @throws Error if the compiler fails, or the declarations need another package
 */
export function writeDeclarations(folder: string, entry: string, packages: readonly string[]): void {
  const temporary = mkdtempSync(join(tmpdir(), 'event-trackers-types-'));
  try {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        rootDir: ROOT,
        outDir: join(temporary, 'types'),
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: [join(ROOT, entry)],
    };
    writeFileSync(join(temporary, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { error, stdout } = spawnSync(process.execPath, [compiler, '-p', temporary], { cwd: ROOT, encoding: 'utf8' });
    const types = join(temporary, 'types');
    const files = reachable(join(types, declarationOf(entry)), packages);
    // Modules of which the package has nothing may have types that cannot be named in a declaration.
    const errors = stdout.split('\n').filter((line) => {
      const [, source] = /^(\S+?)\(\d/.exec(line) ?? [];
      return source !== undefined && files.has(join(types, declarationOf(relative(ROOT, resolve(ROOT, source)))));
    });
    if (errors.length > 0 || error) {
      throw new Error(`The declarations of ${entry} could not be made:\n${errors.join('\n')}`, { cause: error });
    }
    for (const file of files) {
      cpSync(file, join(folder, 'types', relative(types, file)));
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const declarationOf = (source: string): string => source.replace(/\.ts$/, '.d.ts');

function reachable(entry: string, packages: readonly string[]): Set<string> {
  const files = new Set([entry]);
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [, specifier = ''] of text.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      if (specifier.startsWith('.')) {
        const path = declarationOf(resolve(dirname(file), specifier));
        if (!existsSync(path)) throw new Error(`${file} imports ${specifier}, which has no declarations.`);
        files.add(path);
      } else if (!packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
        throw new Error(`The declarations of ${relative(dirname(entry), file)} need ${specifier}.`);
      }
    }
  }
  return files;
}
