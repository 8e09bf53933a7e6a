import { SSMClient } from '@aws-sdk/client-ssm';
import { optional, required } from '../environment.ts';
import { createParameterStore } from '../gateways/parameter-store.ts';
import { PATIENT, trackingIdFunction } from './composition.ts';

/** A subscriber to the bus: keeps the tracking ID of each ACTIVE tracker in a parameter. */
export const handler = trackingIdFunction(() => ({
  pathStore: createParameterStore(new SSMClient(PATIENT), optional('TRACKING_ID_PARAMETERS_KEY')),
  tableName: required('TRACKING_ID_PARAMETERS_TABLE_NAME'),
}));
