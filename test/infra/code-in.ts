import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All code of a function, also what is loaded only when it is needed. */
export const codeIn = (folder: string): string =>
  globSync('*.mjs', { cwd: folder })
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
