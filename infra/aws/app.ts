import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from './bundle.ts';
import { ConfigError } from './config.ts';
import { readConfig } from './config-source.ts';
import { addEventTrackers, createApp } from './service.ts';

// `cdk synth` and `cdk deploy` run this file (cdk.json). It bundles the functions and synthesizes the template.

// cdk-nag 3.0.2 reads a deprecated property of every EventBusPolicy; this hides the warning, which we cannot fix.
process.env.JSII_DEPRECATED ??= 'quiet';
const app = createApp();
const folder = mkdtempSync(join(tmpdir(), 'event-trackers-bundles-'));
try {
  const config = readConfig((key) => app.node.tryGetContext(key));
  addEventTrackers(app, { config, bundles: await bundleFunctions(folder) });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
