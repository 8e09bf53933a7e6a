import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WireAnswer, WireService } from './wire.ts';

/*
 * GET /docs: the API's OpenAPI document, to be read and tried in a browser. Swagger UI comes from the installed package; the
 * policy below lets the browser load and call nothing but this server.
 */

/** The places in the repository: swagger-ui-dist as it is installed, and the page that every problem's `type` links to. */
const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const PROBLEMS = join(import.meta.dirname, '../../docs/problems.md');

/** Swagger UI's stylesheet has pictures as data: URLs. */
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

/** `validatorUrl`: Swagger UI would show a badge from another server. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: 'none',
});
`;

/** What the page loads, by its path, read from the disk when it is first asked for. */
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

/** The pages below `/docs` of the local runtime: Swagger UI, and `/docs/problems.md`, for a browser with anchors. */
export function createDocsPage(): WireService {
  const read = new Map<string, string | Buffer>();
  return async ({ path: asked, headers }) => {
    const path = asked === '/docs/' ? '/docs' : asked;
    if (path === '/docs/problems.md') {
      const text = readFileSync(PROBLEMS, 'utf8');
      const isBrowser = headers.accept?.includes('text/html') ?? false;
      return isBrowser ? page('text/html; charset=utf-8', asHtml(text)) : page('text/markdown; charset=utf-8', text);
    }
    const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (file === undefined) return { ...page('text/plain; charset=utf-8', 'There is no such page.\n'), status: 404 };
    const body = read.get(path) ?? file.read();
    read.set(path, body);
    return page(file.type, body);
  };
}

function page(type: string, body: string | Buffer): WireAnswer {
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      vary: 'accept',
    },
    body,
  };
}

/** The Markdown as it stands, with its headings as headings, so that `#not_found` leads to its own. */
function asHtml(markdown: string): string {
  const parts = markdown.split(/^(#{1,3} .*)$/m).map((part) => {
    const heading = /^(#{1,3}) (.*)$/.exec(part);
    if (heading === null) return part.trim() === '' ? '' : `<pre>${escaped(part.trim())}</pre>`;
    const [, { length } = '', text = ''] = heading;
    return `<h${length} id="${escaped(text.toLowerCase().replaceAll(' ', '-'))}">${escaped(text)}</h${length}>`;
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Problems</title><link rel="icon" href="/docs/favicon-32x32.png"></head>
<body>
${parts.filter(Boolean).join('\n')}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
