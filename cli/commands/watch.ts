import { setTimeout as pause } from 'node:timers/promises';
import {
  type EventTracker,
  type EventTrackersClient,
  EventTrackersError,
  paginateListEventTrackers,
} from '../../client/index.ts';
import type { Context } from '../context.ts';
import type { CommandDefinition } from '../definition.ts';
import { printable } from '../error-messages.ts';
import { UsageFailure } from '../failures.ts';
import { REFERENCE_OPTIONS, referenceOf, trackerIdOf } from '../tracker-reference.ts';

const OPERATION = 'Watch';
const DEFAULT_INTERVAL = 5;

type Transition = Awaited<ReturnType<EventTrackersClient['getEventTrackerHistory']>>['transitions'][number];

export const watch: CommandDefinition = {
  words: ['watch'],
  operation: OPERATION,
  summary: 'Watches event trackers, and prints what happens to them.',
  description: [
    'Prints a line of JSON for each transition of your event trackers, or of one of them, as it comes: from now on, or with --from-beginning what has been before, too. It asks the API every few seconds, for an event bus can not be watched without a queue of its own; a program subscribes to the bus instead (docs/events.md).',
    'Ctrl-C ends it.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    {
      flag: '--from-beginning',
      help: 'Prints first what is in the histories: the newest 50 transitions of each tracker.',
    },
    { flag: '--once', help: 'Ends after what is there; it implies --from-beginning.' },
    { flag: '--max-items', value: 'COUNT', integerFrom: 1, help: 'Ends after so many lines.' },
    {
      flag: '--interval',
      value: 'SECONDS',
      integerFrom: 1,
      integerTo: 3600,
      help: `Seconds between two polls; default ${DEFAULT_INTERVAL}.`,
    },
  ],
  examples: [
    { text: 'What has happened so far:', command: 'event-trackers watch --once' },
    {
      text: 'The oldest that the histories have, its tracker and status only:',
      command: "event-trackers watch --from-beginning --max-items 1 --query '{tracker: trackerId, status: status}'",
    },
  ],
  output:
    'Lines: {at, trackerId, name, datasetGroupArn, generation, status, cause, message, awsRequestId}. --query is for each; with --output yaml each is a document. table is refused.',
  async run(context, values) {
    if (context.settings.output === 'table') {
      throw new UsageFailure(
        'argument --output: table is not for watch, which prints line by line; use json, text or yaml',
      );
    }
    const isOfOne = REFERENCE_OPTIONS.some(({ flag }) => values.has(flag));
    const reference = isOfOne ? referenceOf(values, context.settings) : undefined;
    const client = context.client();
    const only = reference && (await trackerIdOf(reference, client, OPERATION));
    const watch = new Watch(client, only);
    const isOnce = values.has('--once');
    const intervalMs = (values.number('--interval') ?? DEFAULT_INTERVAL) * 1000;
    let left = values.number('--max-items') ?? Number.POSITIVE_INFINITY;
    if (!isOnce && !values.has('--from-beginning')) await tolerant(context, intervalMs, () => watch.look());
    for (;;) {
      const lines = isOnce ? await watch.look() : await tolerant(context, intervalMs, () => watch.look());
      for (const line of lines) {
        await context.printLine(line);
        if (--left === 0) return;
      }
      if (isOnce) return;
      await pause(intervalMs);
    }
  },
};

/** Tries until it works: a watch outlives a service that is away for a while. What is refused for good is thrown. */
async function tolerant<Result>(context: Context, intervalMs: number, look: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof EventTrackersError && error.retryable)) throw error;
      context.note(`${printable(error.message)}; asking again in ${intervalMs / 1000} s`);
      await pause(intervalMs);
    }
  }
}

type Line = Transition & Pick<EventTracker, 'trackerId' | 'name' | 'datasetGroupArn'>;
type Known = Pick<EventTracker, 'trackerId' | 'name' | 'datasetGroupArn'> & { readonly lastUpdatedDateTime: string };

/** What has been seen of the trackers, to tell what is new. */
class Watch {
  readonly #client: EventTrackersClient;
  readonly #only: string | undefined;
  readonly #known = new Map<string, Known>();
  readonly #told = new Map<string, ReadonlySet<string>>();

  constructor(client: EventTrackersClient, only: string | undefined) {
    this.#client = client;
    this.#only = only;
  }

  /** The transitions that have come since the last look, by time; at the first look all that the histories have. */
  async look(): Promise<Line[]> {
    const seen = await this.#trackers();
    const changed = seen.filter(
      ({ trackerId, lastUpdatedDateTime }) => this.#known.get(trackerId)?.lastUpdatedDateTime !== lastUpdatedDateTime,
    );
    // What is gone from the list is DELETED or RELEASED by now, and its history has that.
    const gone = [...this.#known.values()].filter(({ trackerId }) => !seen.some((one) => one.trackerId === trackerId));
    const lines: Line[] = [];
    const told = new Map<string, ReadonlySet<string>>();
    for (const known of [...changed, ...gone]) {
      const transitions = await this.#historyOf(known.trackerId);
      lines.push(...newOf(transitions, known, this.#told.get(known.trackerId)));
      told.set(known.trackerId, new Set(transitions.map(keyOf)));
    }
    // Only now: of a look that breaks off in the middle nothing is told, so nothing of it counts as told.
    for (const [trackerId, keys] of told) this.#told.set(trackerId, keys);
    for (const known of changed) this.#known.set(known.trackerId, known);
    for (const { trackerId } of gone) this.#known.delete(trackerId);
    return lines.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  }

  async #trackers(): Promise<Known[]> {
    if (this.#only !== undefined) {
      return [(await this.#client.describeEventTracker({ trackerId: this.#only })).eventTracker];
    }
    const trackers: Known[] = [];
    for await (const { eventTrackers } of paginateListEventTrackers({ client: this.#client })) {
      trackers.push(...eventTrackers);
    }
    return trackers;
  }

  async #historyOf(trackerId: string): Promise<Transition[]> {
    try {
      return (await this.#client.getEventTrackerHistory({ trackerId })).transitions;
    } catch (error) {
      // After its retention there is nothing to be told of it.
      if (error instanceof EventTrackersError && error.reason === 'NOT_FOUND') return [];
      throw error;
    }
  }
}

const keyOf = ({ at, generation, status, cause }: Transition): string =>
  JSON.stringify([at, generation, status, cause]);

const newOf = (
  transitions: readonly Transition[],
  { trackerId, name, datasetGroupArn }: Known,
  told: ReadonlySet<string> = new Set(),
): Line[] =>
  transitions
    .filter((transition) => !told.has(keyOf(transition)))
    .map(({ at, generation, status, cause, message, awsRequestId }) => ({
      at,
      trackerId,
      name,
      datasetGroupArn,
      generation,
      status,
      cause,
      message,
      ...(awsRequestId !== undefined && { awsRequestId }),
    }));
