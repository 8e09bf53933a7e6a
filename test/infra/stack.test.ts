import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { bundleSuite } from './bundles.ts';
import { policies } from './policies.ts';
import { routes } from './routes.ts';
import { sentActions } from './sent-actions.ts';
import { bundled, FULL, readableBundles, synthesize, temporary } from './synthesized.ts';
import { template } from './template.ts';

/**
 * What the CDK app makes. Bundling and synthesizing take seconds, so that all that is asked of them is asked in this one file;
 * each subject's tests are in the file of its name.
 */
const [bundles, readable] = await Promise.all([bundled(), readableBundles()]);
const bare = synthesize({}, bundles);
const full = synthesize(FULL, bundles);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

policies({ bare, full });
sentActions({ full, readable });
bundleSuite({ full, bundles, readable });
routes({ bare, full });
// The last: it takes the stacks' acknowledgements away.
template({ bare, full });
