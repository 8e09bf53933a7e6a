import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REQUEST_HANDLER } from '../composition.ts';
import { deploymentName } from '../environment.ts';
import type { TrackingIdPaths } from '../gateways/tracking-id-paths.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createTrackingIdEntries } from '../store/tracking-id-entries.ts';
import { keepTrackingId, type TrackingIdDependencies } from './keep-tracking-id.ts';

/** Parameter Store accepts three writes per second by default, so the SDK repeats throttled calls for longer than usual. */
export const PATIENT = { maxAttempts: 6, requestHandler: REQUEST_HANDLER } as const;

/** The Lambda function of a place for tracking IDs. Its clients are created, and its environment is read, at the first event. */
export function trackingIdFunction(
  place: () => { readonly pathStore: TrackingIdPaths; readonly tableName: string },
): (event: unknown) => Promise<void> {
  let dependencies: TrackingIdDependencies | undefined;
  return async (event) => {
    dependencies ??= dependenciesOf(place());
    await keepTrackingId(dependencies, event);
  };
}

const dependenciesOf = ({
  pathStore,
  tableName,
}: {
  pathStore: TrackingIdPaths;
  tableName: string;
}): TrackingIdDependencies => ({
  entryTable: createTrackingIdEntries(documents(), tableName),
  pathStore,
  deployment: deploymentName(),
  now: Date.now,
  log: createLog('event-trackers-tracking-ids'),
  metrics: createMetrics(deploymentName()),
});

const documents = () =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: REQUEST_HANDLER }), {
    marshallOptions: { removeUndefinedValues: true },
  });
