import { expect, test } from 'vitest';
import { cliOf, curlOf } from '../../../console/requests/commands.ts';

const API = 'http://127.0.0.1:8787';
const ID = 'et-aqm2uhwb7pflkqipkzrbxen4hq';
const sent = (method: string, target: string, body = '', headers: Record<string, string> = {}) => ({
  method,
  target,
  request: { headers, body, isCut: false },
});

test('a curl command has the headers that matter, the token of the shell, and a body that no quote ends early', () => {
  const headers = { host: 'x', 'user-agent': 'y', 'content-type': 'application/json', 'idempotency-key': "a'b" };
  expect(curlOf(sent('POST', '/event-trackers', `{"name":"it's"}`, headers), API)).toBe(
    [
      `curl -sSi -X POST '${API}/event-trackers'`,
      '-H "Authorization: Bearer $TOKEN"',
      "-H 'content-type: application/json'",
      "-H 'idempotency-key: a'\\''b'",
      `--data-raw '{"name":"it'\\''s"}'`,
    ].join(' \\\n  '),
  );
});

test.each([
  ['POST', '/event-trackers?dryRun=true', '{"name":"shop"}', `create-event-tracker`, `{"name":"shop"}`, ' --dry-run'],
  [
    'GET',
    '/event-trackers?status=ACTIVE&tenantId=a',
    '',
    'list-event-trackers',
    `{"status":["ACTIVE"],"tenantId":"a"}`,
  ],
  ['GET', `/event-trackers/${ID}`, '', 'describe-event-tracker', `{"trackerId":"${ID}"}`],
  ['PATCH', `/event-trackers/${ID}`, '{"tags":[]}', 'update-event-tracker', `{"trackerId":"${ID}","tags":[]}`],
  ['DELETE', `/event-trackers/${ID}?destroy=true`, '', 'delete-event-tracker', `{"trackerId":"${ID}"}`, ' --destroy'],
  ['GET', `/event-trackers/${ID}/history`, '', 'history', `{"trackerId":"${ID}"}`],
])('%s %s %s is the command %s', (method, target, body, command, input, flags = '') => {
  expect(cliOf(sent(method, target, body), API)?.replaceAll(' \\\n ', '')).toBe(
    `npx event-trackers ${command} --endpoint-url '${API}' --cli-input-json '${input}'${flags}`,
  );
});

test.each([
  ['GET', '/health'],
  ['GET', '/event-trackers?nextToken=x'],
  ['PUT', `/event-trackers/${ID}`],
  ['POST', '/event-trackers', 'no JSON'],
])('no command makes the request %s %s %s', (method, target, body = '') => {
  expect(cliOf(sent(method, target, body), API)).toBeUndefined();
});
