import type { Log } from '../log.ts';
import { apiHandler } from './pipeline.ts';
import { type InteractionsContext, putEvents } from './put-events.ts';

/** The operation that sends interactions. */
export function createEventsHandler(context: InteractionsContext, log: Log) {
  return apiHandler('events', { PutEvents: putEvents(context) }, log);
}
