import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

/** One server-sent event of `GET /_events`: the log's counter and the envelope as JSON text. */
export interface WatchedEvent {
  readonly id: number;
  readonly data: string;
}

/** The response does not come from the local EventBridge, or is an error. */
export class NotAnEventStream extends Error {}

/** An open stream. `last` is the counter of the newest event when it began; `events` end when the server ends. */
export interface WatchedStream {
  readonly last: number;
  readonly events: AsyncIterable<WatchedEvent>;
  close(): void;
}

const ANSWER_WITHIN_MS = 5_000;

/**
 * Opens the stream of events after the event number `after`.
 * @throws NotAnEventStream for any other response, or none within 5 s; the socket error if nothing listens at `awsUrl`
 */
export async function watchEvents(awsUrl: string, after: number): Promise<WatchedStream> {
  const url = new URL(`/_events?after=${after}`, awsUrl);
  const request = get(url, { headers: { accept: 'text/event-stream' }, agent: false });
  request.setTimeout(ANSWER_WITHIN_MS, () => request.destroy(new NotAnEventStream(`${url} does not answer.`)));
  const [response]: IncomingMessage[] = await once(request, 'response');
  request.setTimeout(0);
  if (response?.statusCode !== 200 || response.headers['content-type'] !== 'text/event-stream') {
    request.destroy();
    throw new NotAnEventStream(`${url} returned status ${response?.statusCode} and no stream of events.`);
  }
  return {
    last: Number(response.headers['x-events-last']),
    events: eventsIn(response),
    close: () => request.destroy(),
  };
}

/** Empty lines separate the blocks. Comments, `retry` and blocks without data are skipped. */
async function* eventsIn(response: IncomingMessage): AsyncGenerator<WatchedEvent> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) {
    const blocks = `${text}${chunk}`.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.split(': ', 1)[0], line.replace(/^[^:]*: ?/, '')]));
      const [id, data] = [fields.get('id'), fields.get('data')];
      if (id !== undefined && data !== undefined) yield { id: Number(id), data };
    }
  }
}
