import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the installed package swagger-ui-dist. */
export const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
