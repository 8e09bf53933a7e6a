import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type OpenApiDocument, openApiDocument } from '../functions/api/openapi.ts';
import { ACCOUNT_ID, REGION } from '../infra/local/wire.ts';

/** The document of the local runtime, of which the client's types are made. */
export const documentOfClient = (): OpenApiDocument =>
  openApiDocument({ partition: 'aws', region: REGION, accountId: ACCOUNT_ID });

export const TYPES_FILE = join(import.meta.dirname, 'api-types.ts');

/** The line by which it is told, without the generator, whether the types are of the present document. */
export const originLine = (document: OpenApiDocument): string =>
  `// Made by client/generate.ts of the document ${createHash('sha256').update(JSON.stringify(document)).digest('hex')}.`;
