import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventBridge } from './core.ts';
import { busName } from './names.ts';

/** Where a stream starts, and the bus it is narrowed to. */
interface WatchRequest {
  readonly after: number | undefined;
  readonly bus: string | undefined;
}

/** A watch over all buses: `serve` answers one `GET /_events`, `close` ends every stream. */
export interface Watch {
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
  close(): void;
}

/**
 * Streams the events of all buses in order, as server-sent events: `id:` is the counter of the log, `data:` the event in one line.
 * `?after=N` starts after event N (0: with the first event kept). The header Last-Event-ID, which an EventSource sends, has the same
 * effect; the query takes precedence. Without either, only new events follow. `?bus=NAME` selects one bus. The response header
 * `x-events-last` is the counter of the latest event at the start. Each stream reads the log at the pace of its client, without a
 * buffer, so there are no gaps and no duplicates between past and new events.
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
      const wanted = watchRequestOf(request, core);
      if (typeof wanted === 'string') {
        const body = JSON.stringify({ message: wanted });
        response.writeHead(400, { 'content-type': 'application/json' }).end(body);
        return;
      }
      const { last } = core.log;
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-events-last': String(last),
      });
      // The first bytes tell the client that the stream is open. `retry` is the reconnection delay of an EventSource.
      response.write('retry: 1000\n\n');
      streams.add(response);
      response.once('close', () => streams.delete(response));
      // A counter beyond the end of this log is from an earlier data folder: send only new events.
      stream(core, response, Math.min(wanted.after ?? last, last), wanted.bus).catch((error) => {
        console.error('A stream of events failed:', error);
        response.destroy();
      });
    },
    close() {
      clearInterval(keepAlive);
      // An orderly end would wait for a client that does not read.
      for (const response of streams) response.writableNeedDrain ? response.destroy() : response.end();
      streams.clear();
    },
  };
}

/** The parameters of the request, or the error message. */
function watchRequestOf(request: IncomingMessage, core: EventBridge): WatchRequest | string {
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
      // The log may have dropped events that a very slow client has not read.
      sent = Math.max(sent + 1, core.log.first);
      const taken = core.log.get(sent);
      if (taken === undefined || (bus !== undefined && taken.bus !== bus)) continue;
      if (!response.write(`id: ${sent}\ndata: ${JSON.stringify(taken.event)}\n\n`)) {
        await once(response, 'drain', { signal: gone.signal });
      }
    }
  } catch (error) {
    // The client disconnected, or the service closed, during the wait.
    if (!gone.signal.aborted) throw error;
  } finally {
    stop();
  }
}
