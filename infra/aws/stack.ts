import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EventTrackers } from '../constructs/event-trackers.ts';
import type { FunctionFolders } from './code.ts';
import type { StackConfig } from './config.ts';
import type { StackResources } from './stack-resources.ts';

export type { StackResources } from './stack-resources.ts';

export interface EventTrackersStackProps extends StackProps {
  readonly config: StackConfig;
  readonly bundles: FunctionFolders;
}

/** The stack of `cdk deploy` in this repository: the construct of the package event-trackers-cdk, and nothing else. */
export class EventTrackersStack extends Stack {
  readonly parts: StackResources;

  constructor(scope: Construct, id: string, { config, bundles, ...props }: EventTrackersStackProps) {
    super(scope, id, props);
    // An id of `Default` is in no logical ID: outputs have the names that docs/deploy.md uses.
    this.parts = new EventTrackers(this, 'Default', { config, functionFolders: bundles }).parts;
  }
}
