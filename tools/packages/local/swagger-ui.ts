import { join } from 'node:path';

/** The package has the files of Swagger UI that the page needs. @see infra/local/swagger-ui.ts */
export const SWAGGER_UI = join(import.meta.dirname, '../../../swagger-ui');
