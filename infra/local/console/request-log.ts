import type { MessagePart, RequestDetail, RequestRow } from '../../../console/protocol.ts';

/** A request to the API with its response, as the API's port saw them. Header names are in lower case. */
export interface Exchange {
  readonly requestId: string;
  readonly at: number;
  readonly durationMs: number;
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly status: number;
  readonly request: { readonly headers: Headers; readonly body: string | Buffer };
  readonly response: { readonly headers: Headers; readonly body: string | Buffer };
}
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Marks a request that the console made by itself. */
export const BACKGROUND_HEADER = 'x-console-background';

const KEPT = 300;
/** For the bodies of all kept requests together. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_BODY = 64 * 1024;
/** They are, or contain, credentials. */
const CREDENTIALS = new Set(['authorization', 'x-amz-security-token', 'cookie', 'set-cookie', BACKGROUND_HEADER]);
const SIGNED_QUERY = /([?&]X-Amz-(?:Credential|Signature|Security-Token)=)[^&]*/gi;

/** The latest 300 requests to the API, fewer if their bodies are over 8 MiB together. In memory only. */
export class RequestLog {
  readonly #kept: RequestDetail[] = [];
  readonly #listeners = new Set<(row: RequestRow) => void>();
  #last = 0;
  #bytes = 0;

  add(exchange: Exchange): void {
    const { requestId, at, durationMs, method, status, request, response } = exchange;
    this.#last += 1;
    const answer = partOf(response);
    const reason = reasonOf(answer.body);
    const row: RequestRow = {
      number: this.#last,
      requestId,
      at,
      durationMs,
      method,
      target: exchange.target.replace(SIGNED_QUERY, '$1…'),
      status,
      ...(reason !== undefined && { reason }),
      isBackground: request.headers[BACKGROUND_HEADER] !== undefined,
    };
    const kept = { ...row, request: partOf(request), response: answer };
    this.#kept.push(kept);
    this.#bytes += bytesOf(kept);
    while (this.#kept.length > KEPT || this.#bytes > MAX_BYTES) {
      const oldest = this.#kept.shift();
      if (oldest !== undefined) this.#bytes -= bytesOf(oldest);
    }
    for (const listener of this.#listeners) listener(row);
  }

  /** Oldest first. */
  rows(): RequestRow[] {
    return this.#kept.map(({ request: _, response: __, ...row }) => row);
  }

  get(number: number): RequestDetail | undefined {
    return this.#kept.find((each) => each.number === number);
  }

  /** Calls `listener` after every request, until the returned function is called. */
  onAdd(listener: (row: RequestRow) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const bytesOf = ({ request, response }: RequestDetail): number =>
  Buffer.byteLength(request.body) + Buffer.byteLength(response.body);

function partOf({ headers, body }: Exchange['request']): MessagePart {
  const shown = Object.entries(headers).filter(([name, value]) => value !== undefined && !CREDENTIALS.has(name));
  const bytes = Buffer.from(body);
  return {
    headers: Object.fromEntries(shown.map(([name, value]) => [name, String(value)])),
    body: bytes.toString('utf8', 0, MAX_BODY),
    isCut: bytes.length > MAX_BODY,
  };
}

/** The `reason` of a problem. */
function reasonOf(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'reason' in value && 'type' in value)
      return String(value.reason);
  } catch {
    // Not JSON.
  }
  return undefined;
}
