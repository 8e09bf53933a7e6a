import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { optional, required } from '../environment.ts';
import { createSecretsManager } from '../gateways/secrets-manager.ts';
import { PATIENT, trackingIdFunction } from './composition.ts';

/** A subscriber to the bus: keeps the tracking ID of each ACTIVE tracker in a secret. */
export const handler = trackingIdFunction(() => ({
  pathStore: createSecretsManager(new SecretsManagerClient(PATIENT), optional('TRACKING_ID_SECRETS_KEY')),
  tableName: required('TRACKING_ID_SECRETS_TABLE_NAME'),
}));
