import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { EVENT_PATTERNS } from '../../events/patterns.ts';
import { entryTableSchema } from '../../functions/store/tracking-id-entries.ts';
import { backfill } from '../tracking-ids/backfill.ts';
import type { EventBridge } from './eventbridge/core.ts';
import { EVENT_BUS_NAME, FUNCTION_TIMEOUT_MS, functionArnOf, functionNameOf, TABLE_NAME } from './handlers.ts';
import { invokeAsLambda } from './lambda.ts';
import { TRACKING_ID_PLACES, type TrackingIdPlace } from './tracking-id-places.ts';

type Handler = (event: unknown) => Promise<unknown>;

/** Loaded at the first event, because they read the environment. */
const HANDLERS: Readonly<Record<TrackingIdPlace, () => Promise<Handler>>> = {
  parameters: async () => (await import('../../functions/tracking-ids/parameters.lambda.ts')).handler,
  secrets: async () => (await import('../../functions/tracking-ids/secrets.lambda.ts')).handler,
};

const nameOf = (place: TrackingIdPlace): string => `tracking-id-${place}`;
const tableNameOf = (place: TrackingIdPlace): string => functionNameOf(nameOf(place));
const arnOf = (place: TrackingIdPlace): string => functionArnOf(nameOf(place));

/** The functions that keep tracking IDs, with their tables and rules, for the places that are switched on. */
export interface TrackingIds {
  readonly tables: readonly CreateTableCommandInput[];
  /** By ARN. */
  readonly functions: Readonly<Record<string, Handler>>;
  /** Creates the rule of each function, and deletes those of functions that are switched off. */
  subscribe(eventBridge: EventBridge): void;
  /** Hands over what became ACTIVE while a function was switched off or the runtime was stopped, which loses deliveries. */
  catchUp(): Promise<void>;
}

export function createTrackingIds(places: readonly TrackingIdPlace[]): TrackingIds {
  for (const place of places) {
    process.env[`TRACKING_ID_${place.toUpperCase()}_TABLE_NAME`] ||= tableNameOf(place);
  }
  const functions = Object.fromEntries(
    places.map((place) => [
      arnOf(place),
      invokeAsLambda({
        functionName: functionNameOf(nameOf(place)),
        timeoutMs: FUNCTION_TIMEOUT_MS,
        handler: async (event: unknown) => (await HANDLERS[place]())(event),
      }),
    ]),
  );
  return {
    tables: places.map((place) => ({ TableName: tableNameOf(place), ...entryTableSchema() })),
    functions,
    subscribe(eventBridge) {
      for (const place of TRACKING_ID_PLACES) {
        if (places.includes(place)) subscribe(eventBridge, place);
        else unsubscribe(eventBridge, place);
      }
    },
    async catchUp() {
      if (places.length === 0) return;
      const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
      for (const [arn, invoke] of Object.entries(functions)) {
        const onFailed = (trackerId: string, error: unknown) =>
          console.warn(`${arn} failed for ${trackerId}: ${error instanceof Error ? error.message : String(error)}`);
        await backfill({ documents, tableName: TABLE_NAME, invoke, onFailed });
      }
    },
  };
}

function subscribe(eventBridge: EventBridge, place: TrackingIdPlace): void {
  const name = functionNameOf(nameOf(place));
  const pattern = JSON.stringify(EVENT_PATTERNS['state-changes']);
  eventBridge.rules.put({
    bus: EVENT_BUS_NAME,
    name,
    pattern,
    state: 'ENABLED',
    description: `Keeps tracking IDs in ${place}`,
  });
  eventBridge.putTargets(EVENT_BUS_NAME, name, [{ Id: 'function', Arn: arnOf(place) }]);
}

function unsubscribe(eventBridge: EventBridge, place: TrackingIdPlace): void {
  const name = functionNameOf(nameOf(place));
  if (!eventBridge.rules.on(EVENT_BUS_NAME).some((rule) => rule.name === name)) return;
  eventBridge.rules.removeTargets(EVENT_BUS_NAME, name, ['function']);
  eventBridge.rules.delete(EVENT_BUS_NAME, name);
}
