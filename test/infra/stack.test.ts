import { apiGatewayEvents } from './api-gateway.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { bundleSuite } from './bundles.ts';
import { busName } from './bus-name.ts';
import { callsPerRequest } from './calls-per-request.ts';
import { encryption } from './encryption.ts';
import { manyAccounts } from './many-accounts.ts';
import { policies } from './policies.ts';
import { routes } from './routes.ts';
import { securityPage } from './security-page.ts';
import { sentActions } from './sent-actions.ts';
import { bundled, FULL, readableBundles, synthesize } from './synthesized.ts';
import { template } from './template.ts';

/**
 * The output of the CDK app. Bundling and synthesis take seconds, so this file does both once and runs the tests of all subjects,
 * each of which has its own file.
 */
const [bundles, readable] = await Promise.all([bundled(), readableBundles()]);
// `npx cdk synth` validates this one: test/ci/synth.test.ts.
const bare = synthesize({}, bundles, { isValidated: false });
const full = synthesize(FULL, bundles);
const { audiencePattern: _, ...withoutPattern } = FULL;
const jwt = synthesize({ ...withoutPattern, authorizer: 'JWT' }, bundles, { isValidated: false });

policies({ bare, full });
sentActions({ full, readable });
bundleSuite({ full, bundles, readable });
callsPerRequest({ full, bundles });
apiGatewayEvents({ full, bundles });
routes({ bare, full, jwt });
busName({ bare, full });
encryption({ bare, full });
billOfMaterials({ bundles, readable });
securityPage({ bare, full });
manyAccounts({ bundles });
// Must run last, because it removes the acknowledged cdk-nag findings from the stacks.
template({ bare, full });
