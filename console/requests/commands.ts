import type { RequestDetail } from '../protocol.ts';
import { parseJson } from '../wire/http.ts';

/** Headers that a client sets by itself, or that only the connection has. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|user-agent|origin|referer|sec-.*|accept-.*|accept)$/;

/** The headers of a request that say what it asks for: its content type, its idempotency key and so on. */
export const sentHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name)));

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

type Sent = Pick<RequestDetail, 'method' | 'target' | 'request'>;

/** The request as a `curl` command. The token is that of the shell: none is kept. */
export function curlOf({ method, target, request }: Sent, apiUrl: string): string {
  const headers = Object.entries(sentHeaders(request.headers)).map(
    ([name, value]) => `-H ${quoted(`${name}: ${value}`)}`,
  );
  return [
    `curl -sSi -X ${method} ${quoted(apiUrl + target)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...headers,
    ...(request.body === '' ? [] : [`--data-raw ${quoted(request.body)}`]),
  ].join(' \\\n  ');
}

const LISTS = new Set(['status', 'failureCode']);

/** The commands by method and path; `{id}` is that of the tracker. Requests without a command of their own are left out. */
const COMMANDS: ReadonlyArray<readonly [method: string, path: RegExp, command: string]> = [
  ['POST', /^$/, 'create-event-tracker'],
  ['GET', /^$/, 'list-event-trackers'],
  ['GET', /^\/summary$/, 'summarize-event-trackers'],
  ['GET', /^\/(et-[a-z2-7]{26})$/, 'describe-event-tracker'],
  ['PATCH', /^\/(et-[a-z2-7]{26})$/, 'update-event-tracker'],
  ['DELETE', /^\/(et-[a-z2-7]{26})$/, 'delete-event-tracker'],
  ['POST', /^\/(et-[a-z2-7]{26})\/retry$/, 'retry-event-tracker'],
  ['GET', /^\/(et-[a-z2-7]{26})\/history$/, 'history'],
];

/** The request as a command of `event-trackers`; undefined if no command makes such a request. */
export function cliOf({ method, target, request }: Sent, apiUrl: string): string | undefined {
  const { pathname, searchParams } = new URL(target, apiUrl);
  const [, rest] = /^\/event-trackers(\/.*)?$/.exec(pathname) ?? [undefined, undefined];
  if (!pathname.startsWith('/event-trackers') || searchParams.has('nextToken')) return undefined;
  const found = COMMANDS.find(([of, path]) => of === method && path.test(rest ?? ''));
  const body = request.body === '' ? {} : parseJson(request.body);
  if (found === undefined || typeof body !== 'object' || body === null) return undefined;
  const [, path, command] = found;
  const trackerId = path.exec(rest ?? '')?.[1];
  const query = [...new Set(searchParams.keys())].filter((key) => key !== 'dryRun' && key !== 'destroy');
  const input = {
    ...(trackerId !== undefined && { trackerId }),
    ...Object.fromEntries(query.map((key) => [key, LISTS.has(key) ? searchParams.getAll(key) : searchParams.get(key)])),
    ...body,
  };
  return [
    `npx event-trackers ${command} --endpoint-url ${quoted(apiUrl)}`,
    ...(Object.keys(input).length === 0 ? [] : [`--cli-input-json ${quoted(JSON.stringify(input))}`]),
    ...(searchParams.get('dryRun') === 'true' ? ['--dry-run'] : []),
    ...(searchParams.get('destroy') === 'true' ? ['--destroy'] : []),
  ].join(' \\\n  ');
}
