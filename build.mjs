import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm run build`: plain JavaScript and types in dist/, for Node strips no types under node_modules. JavaScript itself, because
 * `prepare` runs it with whatever Node npm runs on. With `--if-installed` (`npm ci --omit=dev`) a missing compiler is no fault.
 */
const root = import.meta.dirname ?? process.cwd();
const compiler = join(root, 'node_modules/typescript/bin/tsc');
if (!existsSync(compiler) && process.argv.includes('--if-installed')) {
  console.log('dist/ is not built: TypeScript is not installed.');
} else {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status, error } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
