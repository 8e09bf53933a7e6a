import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { withGrants } from './grant-reasons.ts';

/** `npm run grants`: writes the table of grants into docs/security.md. A test checks that it is current. */
const PAGE = resolve(import.meta.dirname, '../../docs/security.md');
writeFileSync(PAGE, withGrants(readFileSync(PAGE, 'utf8')));
