import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEGIN, costsDocument, END } from './document.ts';
import { measure } from './measure.ts';
import { templateOf } from './template.ts';

/** `npm run costs` measures and prints the cost tables of docs/operations.md; with `--write` it updates the page. */
const DOCS = join(import.meta.dirname, '../../docs/operations.md');

const text = costsDocument(templateOf({}), await measure());
if (process.argv.includes('--write')) {
  const docs = readFileSync(DOCS, 'utf8');
  const [from, to] = [docs.indexOf(BEGIN), docs.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/operations.md does not contain ${BEGIN} and ${END}.`);
  writeFileSync(DOCS, `${docs.slice(0, from)}${BEGIN}\n\n${text}\n\n${docs.slice(to)}`);
  console.log('Updated the costs in docs/operations.md.');
} else {
  console.log(text);
}
