import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionFolders } from '../../../infra/aws/code.ts';

const FOLDER = join(import.meta.dirname, '../../../functions');

/** The package has a folder for each function. @see infra/constructs/packaged-functions.ts */
export const packagedFunctions = (): FunctionFolders =>
  Object.fromEntries(readdirSync(FOLDER).map((name) => [name, { folder: join(FOLDER, name) }])) as FunctionFolders;
