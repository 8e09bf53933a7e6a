import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

/* Run by `npm run test:ci`, which writes the bill with `npm run sbom` and installs the library with CycloneDX's schemas. */

/** The file, and the folder in which `@cyclonedx/cyclonedx-library` is installed. */
const { SBOM_FILE, SBOM_VALIDATOR } = process.env;

interface Library {
  readonly Validation: {
    readonly JsonStrictValidator: new (version: string) => { validate(text: string): Promise<unknown> };
  };
}

describe.skipIf(SBOM_FILE === undefined)('the bill of materials', () => {
  test("is valid by CycloneDX's own schema", async () => {
    const entry = createRequire(join(String(SBOM_VALIDATOR), 'node_modules/')).resolve('@cyclonedx/cyclonedx-library');
    const { Validation } = (await import(pathToFileURL(entry).href)) as Library;
    const text = readFileSync(String(SBOM_FILE), 'utf8');
    const validator = new Validation.JsonStrictValidator('1.5');
    expect(await validator.validate(text)).toBeNull();
    // The validator finds a fault.
    const broken = { ...JSON.parse(text), components: [{ type: 'function' }] };
    expect(await validator.validate(JSON.stringify(broken))).not.toBeNull();
  });
});
