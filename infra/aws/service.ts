import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Bundles } from './bundle.ts';
import { PLACEHOLDER_ISSUER, type StackConfig } from './config.ts';
import { EventTrackersStack } from './stack.ts';

/**
 * An app in which what CloudFormation's schemas refuse ends the synthesis, as cdk-nag's findings do, and which is synthesized
 * only by who asks: what is refused leaves no assembly.
 * @param props `outdir`, where the CDK's command line names none
 */
export const createApp = (props: Pick<AppProps, 'outdir'> = {}): App =>
  new App({
    analyticsReporting: false,
    autoSynth: false,
    postCliContext: { '@aws-cdk/core:validateAgainstDefaultRules': true },
    ...props,
  });

/** The service as a stack of an app, which is held to cdk-nag's AwsSolutions at every synth. */
export function addEventTrackers(
  app: App,
  { config, bundles }: { config: StackConfig; bundles: Bundles },
): EventTrackersStack {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  const stack = new EventTrackersStack(app, `event-trackers-${config.stage}`, {
    config,
    bundles,
    description: `Event trackers for Amazon Personalize, stage ${config.stage}`,
    // A deployment that somebody named is one that somebody relies on.
    terminationProtection: config.stage !== 'dev',
  });
  // Tags of dashboards are newer than the schemas that cfn-lint has.
  const excludeResourceTypes = ['AWS::CloudWatch::Dashboard'];
  Tags.of(stack).add('service', 'event-trackers', { excludeResourceTypes });
  Tags.of(stack).add('stage', config.stage, { excludeResourceTypes });
  if (config.issuer === PLACEHOLDER_ISSUER) {
    Validations.of(stack).addWarning(
      'event-trackers:placeholder-issuer',
      `The issuer is a placeholder (${PLACEHOLDER_ISSUER}): this template can be looked at, not deployed. See docs/deploy.md.`,
    );
  }
  return stack;
}
