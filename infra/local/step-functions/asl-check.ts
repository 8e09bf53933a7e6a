import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const { version } = require('asl-validator/package.json') as { version: string };
/** A file for each definition that passed, named by its hash. */
const PASSED = resolve(import.meta.dirname, `../../../node_modules/.cache/asl-validator-${version}`);

/**
 * What asl-validator finds in a definition. It compiles its schemas anew for each definition, which takes longer than all the rest of
 * a start, so it is neither called nor loaded for a definition that passed before.
 */
export function aslProblems(definition: object): string[] {
  const text = JSON.stringify(definition);
  const passed = join(PASSED, createHash('sha256').update(text).digest('hex'));
  if (existsSync(passed)) return [];
  const aslValidator: typeof import('asl-validator').default = require('asl-validator');
  // A copy, because the validator writes into what it is given.
  const { errors } = aslValidator(JSON.parse(text), { checkPaths: true, checkArn: true });
  if (errors.length === 0) remember(passed);
  return errors.map((error) => `${error['Error code']}: ${error.Message}`);
}

function remember(passed: string): void {
  try {
    mkdirSync(PASSED, { recursive: true });
    writeFileSync(passed, '');
  } catch {
    // Where nothing can be written, the next start checks again.
  }
}
