import type { IncomingMessage } from 'node:http';

/*
 * A web page that the developer has open can send requests to 127.0.0.1, and by rebinding its own name to 127.0.0.1 it
 * could read the answers too. So neither port answers a request that a foreign page may have sent. No answer ever
 * carries a CORS header, which keeps foreign pages from reading and from sending anything that needs a preflight.
 */

/** A refusal, to be sent as JSON {message}. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Any port number is right: it differs behind a forwarded port, and it is the name that gives a rebound page away. */
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/i;

/**
 * Why a request is refused, if it is. It must name this machine's loopback interface as its host (421), come from no
 * page or from one of this very server (403), and not be marked cross-site by the browser (403).
 */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  const hosts = request.headersDistinct.host ?? [];
  const host = hosts.length === 1 ? LOOPBACK_HOST.exec(hosts[0] ?? '') : null;
  // A target in absolute form ("GET http://example.com/ HTTP/1.1") names a host of its own.
  if (host === null || !request.url?.startsWith('/')) {
    return {
      status: 421,
      message: 'This server answers for 127.0.0.1, localhost and [::1] only; the Host header names another host.',
    };
  }
  const origins = request.headersDistinct.origin ?? [];
  if (origins.some((origin) => !isOwnOrigin(origin, host[2] ?? '80'))) {
    return {
      status: 403,
      message: 'Requests from other web pages are refused: the Origin header is not of this server.',
    };
  }
  if (request.headersDistinct['sec-fetch-site']?.some((site) => site.trim().toLowerCase() === 'cross-site')) {
    return { status: 403, message: 'Requests from other web pages are refused: Sec-Fetch-Site says cross-site.' };
  }
  return undefined;
}

/** Another port on this machine is another origin: whatever serves it has no business here. */
function isOwnOrigin(origin: string, port: string): boolean {
  if (!origin.startsWith('http://')) return false;
  const named = LOOPBACK_HOST.exec(origin.slice('http://'.length));
  return named !== null && (named[2] ?? '80') === port;
}

const JSON_TYPE = /^application\/(json|x-amz-json-1\.[01])\s*(;|$)/i;

/**
 * Why a write to one of the runtime's own paths (the simulator's script and so on) is refused, if it is: its body must
 * be declared as JSON (415), which no form and no page without a preflight can do. A DELETE without a body needs none:
 * it always has a preflight.
 */
export function refusalOfWrite(
  method: string,
  contentType: string | undefined,
  bodyLength: number,
): Refusal | undefined {
  if (method === 'GET' || method === 'HEAD' || (method === 'DELETE' && bodyLength === 0)) return undefined;
  if (contentType !== undefined && JSON_TYPE.test(contentType)) return undefined;
  return { status: 415, message: 'Content-Type must be application/json.' };
}
