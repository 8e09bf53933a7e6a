import { bundleSuite } from './bundles.ts';
import { busName } from './bus-name.ts';
import { policies } from './policies.ts';
import { routes } from './routes.ts';
import { sentActions } from './sent-actions.ts';
import { bundled, FULL, readableBundles, synthesize } from './synthesized.ts';
import { template } from './template.ts';

/**
 * What the CDK app makes. Bundling and synthesizing take seconds, so that all that is asked of them is asked in this one file;
 * each subject's tests are in the file of its name.
 */
const [bundles, readable] = await Promise.all([bundled(), readableBundles()]);
// `npx cdk synth` validates this one: test/infra/synth.test.ts.
const bare = synthesize({}, bundles, { isValidated: false });
const full = synthesize(FULL, bundles);

policies({ bare, full });
sentActions({ full, readable });
bundleSuite({ full, bundles, readable });
routes({ bare, full });
busName({ bare, full });
// The last: it takes the stacks' acknowledgements away.
template({ bare, full });
