import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { documentOfClient, originLine, TYPES_FILE } from './document.ts';

/**
 * `npm run client-types`: generates the client's types (client/api-types.ts) from the OpenAPI document. With `-- --check` it
 * writes nothing, and exits with 1 if the file is out of date.
 *
 * openapi-typescript needs TypeScript 5 and the project has 7, so it is installed in a temporary folder.
 */
const GENERATOR = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];

/** A request may leave out a field that has a default. */
const FLAGS = ['--default-non-nullable=false'];

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error ?? stderr}`);
}

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-client-'));
try {
  const document = documentOfClient();
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
  run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', folder, ...GENERATOR], folder);
  run(
    join(folder, 'node_modules/.bin/openapi-typescript'),
    ['openapi.json', '--output', 'api-types.ts', ...FLAGS],
    folder,
  );
  const types = `${originLine(document)}\n${readFileSync(join(folder, 'api-types.ts'), 'utf8')}`;
  const root = resolve(import.meta.dirname, '../..');
  const { stdout, status } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['format', `--stdin-file-path=${TYPES_FILE}`],
    { cwd: root, input: types, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error('the types could not be formatted');
  if (!process.argv.includes('--check')) {
    writeFileSync(TYPES_FILE, stdout);
    console.log(`${TYPES_FILE} is written`);
  } else if (readFileSync(TYPES_FILE, 'utf8') !== stdout) {
    console.error(`${TYPES_FILE} is out of date: run npm run client-types`);
    process.exitCode = 1;
  } else {
    console.log(`${TYPES_FILE} is up to date`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
