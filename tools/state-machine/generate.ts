import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_MACHINES } from './state-machines.ts';

/** `npm run state-machine`: writes the state machines' JSON. A test checks that the committed files are up to date. */
for (const [file, text] of Object.entries(STATE_MACHINES)) {
  writeFileSync(join(import.meta.dirname, '../..', file), text);
  console.log(file);
}
