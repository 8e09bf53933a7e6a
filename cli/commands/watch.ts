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
import { WATCH_OUTPUT } from '../output-shapes.ts';
import { withReference } from '../shapes.ts';
import { identified, REFERENCE_OPTIONS } from '../tracker-reference.ts';

const OPERATION = 'Watch';
const DEFAULT_INTERVAL = 5;

type Transition = Awaited<ReturnType<EventTrackersClient['getEventTrackerHistory']>>['transitions'][number];

export const watch: CommandDefinition = {
  words: ['watch'],
  operation: OPERATION,
  summary: 'Prints the transitions of event trackers as they happen.',
  description: [
    'Prints one line of JSON for each new transition in the history of your event trackers, or of one of them. With --from-beginning, it prints the transitions so far first.',
    'The command polls the API. It does not read the EventBridge bus, which would require a queue; a program subscribes to the bus instead (docs/events.md). Ctrl-C stops the command.',
  ],
  options: [
    ...REFERENCE_OPTIONS,
    {
      flag: '--from-beginning',
      help: 'First prints the transitions so far: the latest 50 of each tracker.',
    },
    { flag: '--once', help: 'Prints the transitions so far and exits. Implies --from-beginning.' },
    { flag: '--max-items', value: 'COUNT', integerFrom: 1, help: 'Exits after this number of lines.' },
    {
      flag: '--interval',
      value: 'SECONDS',
      integerFrom: 1,
      integerTo: 3600,
      help: `The number of seconds between two polls (default ${DEFAULT_INTERVAL}).`,
    },
  ],
  examples: [
    { text: 'Print the transitions so far:', command: 'event-trackers watch --once' },
    {
      text: 'Print the tracker and status of the oldest transition:',
      command: "event-trackers watch --from-beginning --max-items 1 --query '{tracker: trackerId, status: status}'",
    },
  ],
  output:
    'One line per transition: {at, trackerId, name, datasetGroupArn, generation, status, cause, message, awsRequestId}. --query applies to each line. With --output yaml, each is a document. --output table is not supported.',
  shapes: { input: () => withReference(undefined, false), output: () => WATCH_OUTPUT },
  async run(context, values, input) {
    if (context.settings.output === 'table') {
      throw new UsageFailure(
        'argument --output: watch prints line by line and does not support table; use json, text or yaml',
      );
    }
    const { tenantId, ...reference } = input;
    const { client, trackerId } =
      Object.keys(reference).length > 0
        ? await identified(context, input, OPERATION)
        : { client: context.client(), trackerId: undefined };
    const watch = new Watch(client, trackerId, typeof tenantId === 'string' ? tenantId : undefined);
    const isOnce = values.has('--once');
    const intervalMs = (values.number('--interval') ?? DEFAULT_INTERVAL) * 1000;
    let left = values.number('--max-items') ?? Number.POSITIVE_INFINITY;
    if (!isOnce && !values.has('--from-beginning')) await untilItSucceeds(context, intervalMs, () => watch.poll());
    for (;;) {
      const lines = isOnce ? await watch.poll() : await untilItSucceeds(context, intervalMs, () => watch.poll());
      for (const line of lines) {
        await context.printLine(line, OPERATION);
        if (--left === 0) return;
      }
      if (isOnce) return;
      await pause(intervalMs);
    }
  },
};

/** Retries until the poll succeeds, so that a watch survives an outage of the service. Throws what a retry can't fix. */
async function untilItSucceeds<Result>(
  context: Context,
  intervalMs: number,
  poll: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await poll();
    } catch (error) {
      if (!(error instanceof EventTrackersError && error.retryable)) throw error;
      context.note(`${printable(error.message)}; retrying in ${intervalMs / 1000} s`);
      await pause(intervalMs);
    }
  }
}

type Line = Transition & Pick<EventTracker, 'trackerId' | 'name' | 'datasetGroupArn'>;
type Known = Pick<EventTracker, 'trackerId' | 'name' | 'datasetGroupArn'> & { readonly lastUpdatedDateTime: string };

/** Remembers what it has returned of each tracker, to find what is new. */
class Watch {
  readonly #client: EventTrackersClient;
  readonly #only: string | undefined;
  readonly #tenantId: string | undefined;
  readonly #known = new Map<string, Known>();
  readonly #returned = new Map<string, ReadonlySet<string>>();

  /** @param only the ID of the one tracker to watch */
  constructor(client: EventTrackersClient, only: string | undefined, tenantId: string | undefined) {
    this.#client = client;
    this.#only = only;
    this.#tenantId = tenantId;
  }

  /** The transitions since the last poll, ordered by time; at the first poll all that the histories hold. */
  async poll(): Promise<Line[]> {
    const seen = await this.#trackers();
    const changed = seen.filter(
      ({ trackerId, lastUpdatedDateTime }) => this.#known.get(trackerId)?.lastUpdatedDateTime !== lastUpdatedDateTime,
    );
    // A tracker that left the list is now DELETED or RELEASED; its history shows it.
    const gone = [...this.#known.values()].filter(({ trackerId }) => !seen.some((one) => one.trackerId === trackerId));
    const lines: Line[] = [];
    const returned = new Map<string, ReadonlySet<string>>();
    for (const known of [...changed, ...gone]) {
      const transitions = await this.#historyOf(known.trackerId);
      lines.push(...newOf(transitions, known, this.#returned.get(known.trackerId)));
      returned.set(known.trackerId, new Set(transitions.map(keyOf)));
    }
    // Not earlier: a poll that fails halfway returns nothing, so it must not mark anything as returned.
    for (const [trackerId, keys] of returned) this.#returned.set(trackerId, keys);
    for (const known of changed) this.#known.set(known.trackerId, known);
    for (const { trackerId } of gone) this.#known.delete(trackerId);
    return lines.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  }

  async #trackers(): Promise<Known[]> {
    if (this.#only !== undefined) {
      return [(await this.#client.describeEventTracker({ trackerId: this.#only })).eventTracker];
    }
    // In a list of all tenants, a tracker that changes meanwhile comes again.
    const trackers = new Map<string, Known>();
    for await (const { eventTrackers } of paginateListEventTrackers(
      { client: this.#client },
      { tenantId: this.#tenantId },
    )) {
      for (const tracker of eventTrackers) trackers.set(tracker.trackerId, tracker);
    }
    return [...trackers.values()];
  }

  async #historyOf(trackerId: string): Promise<Transition[]> {
    try {
      return (await this.#client.getEventTrackerHistory({ trackerId })).transitions;
    } catch (error) {
      // The record was removed at the end of its retention.
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
  returned: ReadonlySet<string> = new Set(),
): Line[] =>
  transitions
    .filter((transition) => !returned.has(keyOf(transition)))
    .map(({ at, ...transition }) => ({ at, trackerId, name, datasetGroupArn, ...transition }));
