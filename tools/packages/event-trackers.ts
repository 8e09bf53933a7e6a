import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentOfClient } from '../client/document.ts';
import { packDocuments } from './documents.ts';
import { ROOT } from './manifests.ts';

/** What of the repository is in the package, as it is. `npm run build` has compiled `dist`. */
const COPIED = [
  'bin',
  ...['cli', 'client', 'events', 'input'].map((name) => `dist/${name}`),
  ...['asyncapi.json', 'examples', 'patterns', 'registry', 'schemas'].map((name) => `events/${name}`),
];

/** Writes the package `event-trackers`: the client, the events and the command line, which need nothing of AWS. */
export async function writeEventTrackers(folder: string): Promise<void> {
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), `${JSON.stringify(documentOfClient(), null, 2)}\n`);
  const pages = ['api', 'cli', 'client', 'events', 'problems'].map((page) => `docs/${page}.md`);
  packDocuments(folder, {
    'README.md': 'packages/event-trackers/README.md',
    ...Object.fromEntries(pages.map((page) => [page, page])),
  });
}
