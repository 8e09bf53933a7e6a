import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import type { Bundle, Bundles } from '../../infra/aws/bundle.ts';
import { parseConfig } from '../../infra/aws/config.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../infra/aws/function-names.ts';
import { EventTrackersStack } from '../../infra/aws/stack.ts';
import type { Template } from './idle-bill.ts';

/** Synthesizes without the CDK's slow validation, which `npx cdk synth` and the tests of the stack run. */
export function withoutValidation<Made>(synthesize: () => Made): Made {
  const { CDK_VALIDATION } = process.env;
  process.env.CDK_VALIDATION = 'false';
  try {
    return synthesize();
  } finally {
    if (CDK_VALIDATION === undefined) delete process.env.CDK_VALIDATION;
    else process.env.CDK_VALIDATION = CDK_VALIDATION;
  }
}

/**
 * The template of a deployment with stubs as function code: alarms and costs do not depend on the bundles.
 * @param settings the deployment's configuration
 */
export function templateOf(settings: object): Template {
  const folder = mkdtempSync(join(tmpdir(), 'event-trackers-template-'));
  try {
    writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => {};\n');
    const bundle: Bundle = { folder, bytes: 0, bytesOnDemand: 0, modules: [], modulesAtStart: [] };
    const bundles = Object.fromEntries(FUNCTION_NAMES.map((name) => [name, bundle])) as Record<FunctionName, Bundle>;
    const config = parseConfig(settings);
    return withoutValidation(() => {
      const stack = new EventTrackersStack(new App(), 'event-trackers', { config, bundles: bundles satisfies Bundles });
      return Assertions.fromStack(stack).toJSON() as Template;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
