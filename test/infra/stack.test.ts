import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { policies } from './policies.ts';
import { bundled, FULL, synthesize, temporary } from './synthesized.ts';

/**
 * What the CDK app makes. Bundling and synthesizing take seconds, so that all that is asked of them is asked in this one file;
 * each subject's tests are in the file of its name.
 */
const bundles = await bundled();
const bare = synthesize({}, bundles);
const full = synthesize(FULL, bundles);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

policies({ bare, full });
