import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Change, RequestRow, Snapshot } from '../../../console/protocol.ts';

/** Where the feed reads the present state. */
export interface FeedSource {
  snapshot(): Promise<Snapshot>;
  /** The present state of what has changed. */
  changeOf(changed: Changed): Promise<Change>;
}

/** What has changed since the last message to a page. */
export interface Changed {
  readonly trackerIds: readonly string[];
  readonly executionArns: readonly string[];
  readonly requests: readonly RequestRow[];
  /** Something was broken on purpose, or is no longer. */
  readonly isSimulationChanged: boolean;
}

/** Changes within this time are one message. */
const COALESCE_MS = 120;
const MAX_REQUESTS = 300;

/** The names of what has changed for one page. Its size does not depend on how often something changes, or on how slowly the page reads. */
class Pending {
  readonly #trackerIds = new Set<string>();
  readonly #executionArns = new Set<string>();
  #requests: RequestRow[] = [];
  #isSimulationChanged = false;
  /** Resolves at the next change. */
  #next = Promise.withResolvers<void>();

  addTracker(id: string): void {
    this.#trackerIds.add(id);
    this.#next.resolve();
  }
  addExecution(arn: string): void {
    this.#executionArns.add(arn);
    this.#next.resolve();
  }
  addRequest(row: RequestRow): void {
    this.#requests.push(row);
    if (this.#requests.length > MAX_REQUESTS) this.#requests.shift();
    this.#next.resolve();
  }
  changeSimulation(): void {
    this.#isSimulationChanged = true;
    this.#next.resolve();
  }
  get changed(): Promise<void> {
    return this.#next.promise;
  }
  /** Ends a wait for the next change. */
  wake(): void {
    this.#next.resolve();
  }
  take(): Changed {
    const taken = {
      trackerIds: [...this.#trackerIds],
      executionArns: [...this.#executionArns],
      requests: this.#requests,
      isSimulationChanged: this.#isSimulationChanged,
    };
    this.#trackerIds.clear();
    this.#executionArns.clear();
    this.#requests = [];
    this.#isSimulationChanged = false;
    this.#next = Promise.withResolvers();
    return taken;
  }
}

/**
 * `GET /_console/changes`: server-sent events for open pages, `snapshot` and then `change`. A message has the present state of what has
 * changed, and not each step: so a page that reads slowly, or connects again, misses nothing, and nothing is stored for it.
 */
export class ChangeFeed {
  readonly #pages = new Map<ServerResponse, Pending>();

  trackerChanged(trackerId: string): void {
    for (const pending of this.#pages.values()) pending.addTracker(trackerId);
  }
  executionChanged(executionArn: string): void {
    for (const pending of this.#pages.values()) pending.addExecution(executionArn);
  }
  requestAdded(row: RequestRow): void {
    for (const pending of this.#pages.values()) pending.addRequest(row);
  }
  simulationChanged(): void {
    for (const pending of this.#pages.values()) pending.changeSimulation();
  }

  serve(source: FeedSource, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    // The page decides when it connects again.
    response.write('retry: 86400000\n\n');
    // Before the snapshot is read, so that what changes meanwhile is sent after it.
    const pending = new Pending();
    this.#pages.set(response, pending);
    this.#stream(source, response, pending).catch((error: unknown) => {
      console.error('The change feed of the console failed:', error);
      response.destroy();
    });
  }

  async #stream(source: FeedSource, response: ServerResponse, pending: Pending): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      this.#pages.delete(response);
      gone.abort();
      pending.wake();
    });
    try {
      await send(response, 'snapshot', await source.snapshot(), gone.signal);
      for (;;) {
        await pending.changed;
        await pause(COALESCE_MS, undefined, { signal: gone.signal, ref: false });
        await send(response, 'change', await source.changeOf(pending.take()), gone.signal);
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    }
  }

  /** Ends every stream. */
  close(): void {
    for (const response of this.#pages.keys()) response.destroy();
    this.#pages.clear();
  }
}

async function send(response: ServerResponse, event: string, message: object, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!response.write(`event: ${event}\ndata: ${JSON.stringify(message)}\n\n`))
    await once(response, 'drain', { signal });
}
