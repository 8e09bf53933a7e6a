import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { faultsDocument } from './document.ts';

/** Writes docs/faults.md. */
const path = resolve(import.meta.dirname, '../../docs/faults.md');
writeFileSync(path, faultsDocument());
console.log(path);
