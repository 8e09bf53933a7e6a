import { App } from 'aws-cdk-lib';
import { withBundles } from '../bundled.ts';
import { readSettings } from './settings.ts';
import { OnboardingStack } from './stack.ts';

/**
 * npx cdk deploy --app 'node_modules/.bin/node examples/onboarding-stack/app.ts' -c apiUrl=URL -c platformInvokeArn=ARN -c trackingIdTable=NAME
 *
 * `apiUrl` and `platformInvokeArn` are outputs of the service's stack. A subscriber keeps the tracking IDs in the table. With `trackingIds`,
 * the service keeps them below a path instead: `-c trackingIdPath=/event-trackers/STAGE`.
 */
const app = new App({ analyticsReporting: false });
const settings = readSettings((key) => app.node.tryGetContext(key));
if ('problems' in settings) {
  console.error(settings.problems.join('\n'));
  process.exit(1);
}

withBundles({ request: 'onboarding/lambda.ts', report: 'onboarding/report-lambda.ts' }, (code) => {
  new OnboardingStack(app, 'event-trackers-onboarding', { ...settings, code });
  app.synth();
});
