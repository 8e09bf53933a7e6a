import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFunctions } from '../aws/bundle.ts';
import { billOfBundles, billOfLock } from './bill-of-materials.ts';

/* `npm run sbom -- [--output FILE]`: bundles every function and writes the bill of what they contain, to stdout without a file. */

const { values } = parseArgs({ options: { output: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-sbom-'));
try {
  const bill = billOfBundles(await bundleFunctions(folder), billOfLock());
  const text = `${JSON.stringify(bill, undefined, 2)}\n`;
  if (values.output === undefined) process.stdout.write(text);
  else writeFileSync(values.output, text);
  console.error(`sbom: ${bill.components.length} components`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
