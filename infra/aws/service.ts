import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Bundles } from './bundle.ts';
import { PLACEHOLDER_ISSUER, type StackConfig } from './config.ts';
import { EventTrackersStack } from './stack.ts';

/**
 * An app whose synthesis fails on violations of CloudFormation's schemas, like on findings of cdk-nag. The caller synthesizes it; a failure
 * leaves no assembly behind.
 * @param props `outdir`, if the CDK's command line does not set it
 */
export const createApp = (props: Pick<AppProps, 'outdir'> = {}): App =>
  new App({
    analyticsReporting: false,
    autoSynth: false,
    postCliContext: { '@aws-cdk/core:validateAgainstDefaultRules': true },
    ...props,
  });

/** Adds the service's stack to an app, checked by cdk-nag's AwsSolutions at every synth. */
export function addEventTrackers(
  app: App,
  { config, bundles }: { config: StackConfig; bundles: Bundles },
): EventTrackersStack {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const stack = new EventTrackersStack(app, `event-trackers-${config.stage}`, {
    config,
    bundles,
    description: `Event trackers for Amazon Personalize, stage ${config.stage}`,
    // Someone relies on a deployment with a name of its own.
    terminationProtection: config.stage !== 'dev',
  });
  // cfn-lint's schemas do not know tags of dashboards yet.
  const excludeResourceTypes = ['AWS::CloudWatch::Dashboard'];
  Tags.of(stack).add('service', 'event-trackers', { excludeResourceTypes });
  Tags.of(stack).add('stage', config.stage, { excludeResourceTypes });
  if (config.issuer === PLACEHOLDER_ISSUER) {
    Validations.of(stack).addWarning(
      'event-trackers:placeholder-issuer',
      `The issuer is a placeholder (${PLACEHOLDER_ISSUER}): this template is for reading and cannot be deployed. See docs/deploy.md.`,
    );
  }
  return stack;
}
