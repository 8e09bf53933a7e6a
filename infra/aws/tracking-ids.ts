import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { TrackingIdStore } from '../constructs/tracking-id-store.ts';
import type { TrackingIdFunction } from './function-names.ts';
import { createFunction, type FunctionContext } from './functions.ts';

interface Context extends FunctionContext {
  /** The deployment's own key, if it has one. */
  readonly key: IKey | undefined;
  readonly bus: IEventBus;
}

const PLACES = {
  parameters: {
    name: 'tracking-id-parameters',
    id: 'TrackingIdParameters',
    place: 'PARAMETER_STORE',
    description: 'Keeps the tracking ID of each ACTIVE tracker in a parameter',
  },
  secrets: {
    name: 'tracking-id-secrets',
    id: 'TrackingIdSecrets',
    place: 'SECRETS_MANAGER',
    description: 'Keeps the tracking ID of each ACTIVE tracker in a secret',
  },
} as const;

/** The subscribers that keep tracking IDs, as far as the deployment switches them on. */
export function createTrackingIds(
  scope: Construct,
  context: Context,
): {
  readonly functions: Readonly<Partial<Record<TrackingIdFunction, LambdaFunction>>>;
  readonly deadLetters: readonly Queue[];
} {
  const { config, bus, key } = context;
  const { keyArn, ...places } = config.trackingIds;
  const idKey = keyArn === undefined ? key : Key.fromKeyArn(scope, 'TrackingIdKey', keyArn);
  const stores = Object.values(PLACES)
    .filter(({ place }) => (place === 'PARAMETER_STORE' ? places.parameters : places.secrets))
    .map(({ name, id, place, description }) => {
      const target = createFunction(scope, name, context, { description, isSubscriber: true });
      const { deadLetters } = new TrackingIdStore(scope, id, {
        bus,
        // They stay in this account, with the deployment.
        tenants: 'all',
        deployment: config.stage,
        place,
        target,
        ...(idKey && { encryptionKey: idKey }),
        ...(key && { dataKey: key }),
      });
      return { name, target, deadLetters };
    });
  return {
    functions: Object.fromEntries(stores.map(({ name, target }) => [name, target])),
    deadLetters: stores.map(({ deadLetters }) => deadLetters),
  };
}
