import { join } from 'node:path';

/** @see infra/local/library/program.ts */
export const MAIN = join(import.meta.dirname, '../../../dist/main.js');
