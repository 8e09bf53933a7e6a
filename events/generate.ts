import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents } from './documents.ts';
import { schemaText } from './schemas.ts';

/**
 * `npm run schemas`: writes the JSON files of events/ anew (schemas, patterns, examples, asyncapi.json), and removes what is made
 * no more. A test holds that what is committed is what this writes.
 */
const made = documents();
for (const folder of ['schemas', 'patterns', 'examples']) {
  mkdirSync(join(import.meta.dirname, folder), { recursive: true });
  for (const name of readdirSync(join(import.meta.dirname, folder))) {
    if (!(`${folder}/${name}` in made)) rmSync(join(import.meta.dirname, folder, name));
  }
}
for (const [path, document] of Object.entries(made)) {
  const file = join(import.meta.dirname, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, schemaText(document));
  console.log(`events/${path}`);
}
