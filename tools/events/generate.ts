import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents } from './documents.ts';
import { schemaText } from './schemas.ts';

/**
 * `npm run schemas`: writes the JSON files of events/ (schemas, registry, patterns, examples, asyncapi.json), and removes those that are no
 * longer generated. A test checks that the committed files are up to date.
 */
const EVENTS = join(import.meta.dirname, '../../events');
const generated = documents();
for (const folder of ['schemas', 'registry', 'patterns', 'examples']) {
  for (const name of readdirSync(join(EVENTS, folder))) {
    if (!(`${folder}/${name}` in generated)) rmSync(join(EVENTS, folder, name));
  }
}
for (const [path, document] of Object.entries(generated)) {
  writeFileSync(join(EVENTS, path), schemaText(document));
  console.log(`events/${path}`);
}
