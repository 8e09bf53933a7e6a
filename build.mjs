import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm run build` writes JavaScript and type declarations to dist/, because Node does not strip types in node_modules. This file is
 * JavaScript, because `prepare` runs it with the Node that runs npm. With `--if-installed`, a missing compiler is not an error, as
 * after `npm ci --omit=dev`.
 */
const root = import.meta.dirname ?? process.cwd();
const compiler = join(root, 'node_modules/typescript/bin/tsc');
if (!existsSync(compiler) && process.argv.includes('--if-installed')) {
  console.log('dist/ is not built: TypeScript is not installed.');
} else {
  // dist/packages has the packages, which `npm run pack` writes.
  for (const name of ['cli', 'client', 'events', 'input']) {
    rmSync(join(root, 'dist', name), { recursive: true, force: true });
  }
  const { status, error } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
