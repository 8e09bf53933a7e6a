import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lifecycleText } from './lifecycle.ts';

/** `npm run state-machine`: writes the state machine's JSON. A test checks that the committed file is up to date. */
const FILE = 'statemachine/event-tracker-lifecycle.asl.json';
writeFileSync(join(import.meta.dirname, '../..', FILE), lifecycleText());
console.log(FILE);
