import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
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

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-subscriber-'));
try {
  buildSync({
    entryPoints: [resolve(import.meta.dirname, '../subscriber/lambda.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    // The credential providers of the SDK are CommonJS and require Node's modules.
    banner: {
      js: "import { createRequire as subscriberCreateRequire } from 'node:module'; const require = subscriberCreateRequire(import.meta.url);",
    },
  });
  new SubscriberStack(app, 'event-trackers-subscriber', {
    ...settings,
    code: Code.fromAsset(folder),
  });
  app.synth();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
