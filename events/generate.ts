import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemas, schemaText } from './schemas.ts';

/** `npm run schemas`: writes events/schemas anew. A test holds that what is committed is what this writes. */
const folder = join(import.meta.dirname, 'schemas');
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(join(folder, name), schemaText(schema));
  console.log(`events/schemas/${name}`);
}
