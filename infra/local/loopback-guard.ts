import type { IncomingMessage } from 'node:http';

/*
 * A web page in the developer's browser can send requests to 127.0.0.1. With DNS rebinding, it could also read the responses. So
 * both ports reject requests that may come from a foreign page. No response has a CORS header, so foreign pages can't read
 * responses, or send requests that need a preflight.
 */

/** A rejection, sent as JSON {message}. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Accepts any port, because port forwarding changes it. The host name is what identifies DNS rebinding. */
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/i;

/**
 * The rejection of a request, if any. Its host must be the loopback interface (421). If it has an Origin, it must be this server
 * (403), and the browser must not have marked it as cross-site (403).
 */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  const hosts = request.headersDistinct.host ?? [];
  const host = hosts.length === 1 ? LOOPBACK_HOST.exec(hosts[0] ?? '') : null;
  // A target in absolute form ("GET http://example.com/ HTTP/1.1") contains another host.
  if (host === null || !request.url?.startsWith('/')) {
    return {
      status: 421,
      message:
        'This server accepts requests for 127.0.0.1, localhost and [::1] only; the Host header names another host.',
    };
  }
  const origins = request.headersDistinct.origin ?? [];
  if (origins.some((origin) => !isOwnOrigin(origin, host[2] ?? '80'))) {
    return {
      status: 403,
      message: 'Requests from other web pages are rejected: the Origin header names another server.',
    };
  }
  if (request.headersDistinct['sec-fetch-site']?.some((site) => site.trim().toLowerCase() === 'cross-site')) {
    return { status: 403, message: 'Requests from other web pages are rejected: Sec-Fetch-Site is cross-site.' };
  }
  return undefined;
}

/** Whether the Origin is this server. Another port on this machine is another origin. */
function isOwnOrigin(origin: string, port: string): boolean {
  if (!origin.startsWith('http://')) return false;
  const named = LOOPBACK_HOST.exec(origin.slice('http://'.length));
  return named !== null && (named[2] ?? '80') === port;
}

const JSON_TYPE = /^application\/(json|x-amz-json-1\.[01])\s*(;|$)/i;

/**
 * The rejection of a write to a control path, if any. Its content type must be JSON (415), which a form can't send, nor a page
 * without a preflight. A DELETE without a body needs no content type, because it always requires a preflight.
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
