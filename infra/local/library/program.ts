import { join } from 'node:path';

/** The program of the local runtime. The package has it beside the library. */
export const MAIN = join(import.meta.dirname, '../main.ts');
