import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SWAGGER_UI } from './swagger-ui.ts';
import type { WireAnswer, WireService } from './wire.ts';

/*
 * GET /docs: Swagger UI for the API's OpenAPI document. Swagger UI comes from the installed package. The content security policy
 * below restricts the browser to this server.
 */

/** Swagger UI's stylesheet contains images as data: URLs. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Event trackers</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript>This page needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** `validatorUrl` is set because Swagger UI would otherwise load a badge from another server. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: 'none',
});
`;

/** The files of the page by path, read at the first request. */
const FILES: Readonly<Record<string, { readonly type: string; read(): string | Buffer }>> = {
  '/docs': { type: 'text/html; charset=utf-8', read: () => PAGE },
  '/docs/start.js': { type: 'text/javascript; charset=utf-8', read: () => START },
  '/docs/swagger-ui.css': { type: 'text/css; charset=utf-8', read: () => fromPackage('swagger-ui.css') },
  '/docs/swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    read: () => fromPackage('swagger-ui-bundle.js'),
  },
  '/docs/favicon-32x32.png': { type: 'image/png', read: () => fromPackage('favicon-32x32.png') },
};

const fromPackage = (name: string): Buffer => readFileSync(join(SWAGGER_UI, name));

/** The pages below `/docs` of the local runtime: Swagger UI. */
export function createDocsPage(): WireService {
  const read = new Map<string, string | Buffer>();
  return async ({ path: asked }) => {
    const path = asked === '/docs/' ? '/docs' : asked;
    const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (file === undefined) return { ...page('text/plain; charset=utf-8', 'Not found.\n'), status: 404 };
    const body = read.get(path) ?? file.read();
    read.set(path, body);
    return page(file.type, body);
  };
}

/** Leads to `/` on another port of this machine, under the host name of the request. @param url of the other port */
export const redirectTo =
  (url: string): WireService =>
  async ({ headers }) => {
    const location = new URL(`http://${headers.host}/`);
    location.port = new URL(url).port;
    return { status: 302, headers: { location: location.href, 'cache-control': 'no-store' }, body: '' };
  };

function page(type: string, body: string | Buffer): WireAnswer {
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    },
    body,
  };
}
