import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventBridge } from './core.ts';
import { busName } from './names.ts';

/** Where a stream starts, and the bus it is narrowed to. */
interface Wish {
  readonly after: number | undefined;
  readonly bus: string | undefined;
}

/** A watch over all buses: `serve` answers one `GET /_events`, `close` ends every stream. */
export interface Watch {
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
  close(): void;
}

/**
 * Streams what the buses take, in order, as server-sent events: `id:` the log's counter, `data:` the envelope in one
 * line. `?after=N` (or the header Last-Event-ID, which an EventSource sends by itself; the query wins) begins with what
 * came after N, 0 being the first that is kept; without either only new ones come. `?bus=NAME` narrows it to one bus.
 * The header `x-events-last` tells the counter of the newest event when the stream began. Every stream reads the log at
 * its own pace, and waits while its client does not read: nothing is buffered for it, and between what was and what comes
 * there is neither a hole nor a duplicate.
 */
export function createWatch(core: EventBridge, keepAliveMs: number): Watch {
  const streams = new Set<ServerResponse>();
  const keepAlive = setInterval(() => {
    for (const stream of streams) if (!stream.writableNeedDrain) stream.write(': keep-alive\n\n');
  }, keepAliveMs);
  keepAlive.unref();

  return {
    serve(request, response) {
      if (request.method !== 'GET') {
        response.writeHead(405, { allow: 'GET' }).end();
        return;
      }
      const wish = trackerRequestOf(request, core);
      if (typeof wish === 'string') {
        const body = JSON.stringify({ message: wish });
        response.writeHead(400, { 'content-type': 'application/json' }).end(body);
        return;
      }
      const { last } = core.log;
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-events-last': String(last),
      });
      // The first bytes tell the client that it is listening; `retry` is how soon an EventSource comes back.
      response.write('retry: 1000\n\n');
      streams.add(response);
      response.once('close', () => streams.delete(response));
      // A counter that this log has not reached was given by a log that is gone (a fresh data folder): only new ones then.
      stream(core, response, Math.min(wish.after ?? last, last), wish.bus).catch((error) => {
        console.error('A stream of events failed:', error);
        response.destroy();
      });
    },
    close() {
      clearInterval(keepAlive);
      // A client that does not read would keep an orderly end waiting.
      for (const response of streams) response.writableNeedDrain ? response.destroy() : response.end();
      streams.clear();
    },
  };
}

/** What the request asks for, or what is wrong with it. */
function trackerRequestOf(request: IncomingMessage, core: EventBridge): Wish | string {
  const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const query = searchParams.get('after');
  const header = request.headers['last-event-id'];
  const after = query ?? (typeof header === 'string' && header !== '' ? header : undefined);
  if (after !== undefined && !/^\d{1,15}$/.test(after)) {
    return `${query === null ? 'Last-Event-ID' : 'after'} must be a counter: a whole number, 0 or more.`;
  }
  const bus = searchParams.get('bus') ?? undefined;
  if (bus !== undefined && core.buses.find(bus) === undefined) return 'bus must be the name or ARN of an event bus.';
  return { after: after === undefined ? undefined : Number(after), bus: bus === undefined ? undefined : busName(bus) };
}

async function stream(core: EventBridge, response: ServerResponse, after: number, bus?: string): Promise<void> {
  const gone = new AbortController();
  let wake = () => {};
  response.once('close', () => {
    gone.abort();
    wake();
  });
  const stop = core.log.onAppend(() => wake());
  try {
    for (let sent = after; !response.closed && !response.writableEnded; ) {
      if (sent >= core.log.last) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      // What a very slow client has not read may be out of the log by now.
      sent = Math.max(sent + 1, core.log.first);
      const taken = core.log.get(sent);
      if (taken === undefined || (bus !== undefined && taken.bus !== bus)) continue;
      if (!response.write(`id: ${sent}\ndata: ${JSON.stringify(taken.event)}\n\n`)) {
        await once(response, 'drain', { signal: gone.signal });
      }
    }
  } catch (error) {
    // The client went away, or the service closed, while we waited for it to read.
    if (!gone.signal.aborted) throw error;
  } finally {
    stop();
  }
}
