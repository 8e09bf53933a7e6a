import { RequestRejected } from '../tracker/request-error.ts';
import type { Operation } from './pipeline.ts';
import { PROBLEM_PAGES } from './problem-pages.ts';

/**
 * GET /problems/{reason}: the page that the `type` of a problem links to; HTML for browsers, otherwise Markdown. It needs no token.
 * @throws RequestRejected NOT_FOUND
 */
export const getProblem: Operation = async ({ pathParameters, headers }) => {
  const { reason = '' } = pathParameters ?? {};
  const text = Object.entries(PROBLEM_PAGES).find(([name]) => name === reason)?.[1];
  if (text === undefined) throw new RequestRejected({ reason: 'NOT_FOUND' });
  const isBrowser = headers.accept?.includes('text/html') ?? false;
  return {
    statusCode: 200,
    headers: {
      'content-type': isBrowser ? 'text/html; charset=utf-8' : 'text/markdown; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=3600',
      vary: 'accept',
    },
    body: isBrowser ? htmlOf(reason, text) : `# ${reason}\n\n${text}\n`,
  };
};

const htmlOf = (reason: string, markdown: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${reason}</title></head>
<body>
<h1>${reason}</h1>
${markdown.split('\n\n').map(paragraph).join('\n')}
</body>
</html>
`;

const paragraph = (text: string): string => `<p>${escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>')}</p>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
