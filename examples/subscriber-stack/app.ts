import { App } from 'aws-cdk-lib';
import { withBundles } from '../bundled.ts';
import { readSettings } from './settings.ts';
import { SubscriberStack } from './stack.ts';

/**
 * npx cdk deploy --app 'node_modules/.bin/node examples/subscriber-stack/app.ts' -c busArn=ARN -c tenants='acme, globex'
 *
 * `busArn` is the output BusArn of the service's stack; `tenants` is a list of tenants, or `all`.
 */
const app = new App({ analyticsReporting: false });
const settings = readSettings((key) => app.node.tryGetContext(key));
if ('problems' in settings) {
  console.error(settings.problems.join('\n'));
  process.exit(1);
}

withBundles({ subscriber: 'subscriber/lambda.ts' }, ({ subscriber }) => {
  new SubscriberStack(app, 'event-trackers-subscriber', { ...settings, code: subscriber });
  app.synth();
});
