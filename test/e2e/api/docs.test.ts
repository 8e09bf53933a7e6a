import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTES } from '../../../functions/api/routes.ts';
import { type LocalRuntime, local, startLocalRuntime } from '../local-runtime.ts';

const root = resolve(import.meta.dirname, '../../..');
let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  const times = { createPendingMs: 100, createInProgressMs: 200, deletePendingMs: 100, deleteInProgressMs: 200 };
  await local(runtime, 'PUT', '/_simulator/timing', times);
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

const SHOP = '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq';

/** The calls of docs/api.md in order, with the statuses that its text states. */
const CALLS = [
  'GET /health 200',
  'GET /openapi.json 200',
  'GET /problems/name_conflict 200',
  'GET /platform/event-trackers?tenantId=acme 200',
  'POST /event-trackers?dryRun=true 200',
  'POST /event-trackers 202',
  `GET ${SHOP} 200`,
  'POST /event-trackers 200',
  'POST /event-trackers 422',
  'POST /event-trackers 409',
  'POST /event-trackers/batch 200',
  'GET /event-trackers?maxResults=1 200',
  'GET /event-trackers?status=ACTIVE,CREATE%20FAILED&sortBy=lastUpdatedDateTime 200',
  'GET /event-trackers?datasetGroupArn=arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop 200',
  'GET /platform/event-trackers?failureCode=DATASET_GROUP_NOT_FOUND&nameContains=blog 200',
  'GET /event-trackers/summary 200',
  `GET ${SHOP} 200`,
  `GET ${SHOP} 200`,
  `GET ${SHOP} 304`,
  `GET ${SHOP}/history 200`,
  `POST ${SHOP}/events 200`,
  `PATCH ${SHOP} 202`,
  `GET ${SHOP} 200`,
  `PATCH ${SHOP} 200`,
  `PATCH ${SHOP} 202`,
  `GET ${SHOP} 200`,
  `DELETE ${SHOP} 202`,
  `DELETE ${SHOP}?destroy=true 202`,
  `GET ${SHOP} 200`,
  'GET /event-trackers?status=DELETED 200',
  // A new attempt, because the one of the batch failed.
  'POST /event-trackers 202',
  'GET /event-trackers/et-BLOG 200',
  'POST /event-trackers/et-BLOG/retry 202',
  'POST /event-trackers/retry 200',
  'POST /event-trackers/retry 202',
  'GET /operations/op-ID 200',
  'GET /operations 200',
  'POST /operations/op-ID/cancel 200',
];

/** A curl that also prints the method, URL and status of each call on stderr. */
const REPORTING_CURL = `curl() {
  local args=() format=''
  while [ $# -gt 0 ]; do
    if [ "$1" = -w ]; then format=$2; shift; else args+=("$1"); fi
    shift
  done
  command curl "\${args[@]}" -w "$format\\n%{stderr}%{method} %{url} %{http_code}\\n"
}`;

/** The JSON answers, one per line of stdout. */
const answersIn = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

test('every call of docs/api.md, pasted unchanged, gets the status in the text; the page shows every route', async () => {
  const pages = readFileSync(join(root, 'docs/api.md'), 'utf8');
  const lines = [...pages.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  // The only change is the address of the runtime.
  const pasted = [
    REPORTING_CURL,
    ...lines.map((block) => block.replaceAll('http://127.0.0.1:8787', runtime.apiUrl)),
  ].join('\n');
  const { stdout, stderr } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', pasted], {
    cwd: root,
    env: { ...process.env, EVENT_TRACKERS_DATA: runtime.data },
  });
  const calls = stderr
    .split('\n')
    .filter((line) => line.includes(runtime.apiUrl))
    .map((line) => line.replace(runtime.apiUrl, ''))
    .map((line) => (line.includes(SHOP) ? line : line.replace(/et-[a-z2-7]{26}/, 'et-BLOG')))
    .map((line) => line.replace(/op-[a-z2-7]{26}/, 'op-ID'));
  // The repeated deletion may arrive after the tracker is DELETED.
  expect(calls.map((line) => line.replace('?destroy=true 200', '?destroy=true 202'))).toEqual(CALLS);

  const paths = calls.map((line) =>
    line
      .replace(/\?\S*/, '')
      .replace(/et-[\w]+/, '{trackerId}')
      .replace(/op-[\w]+/, '{operationId}')
      .replace(/problems\/\w+/, 'problems/{reason}'),
  );
  const shown = ROUTES.filter(({ method, path }) => paths.some((call) => call.startsWith(`${method} ${path} `)));
  const open = ROUTES.filter(({ authorizer }) => authorizer !== 'iam');
  expect(open.filter((route) => !shown.includes(route))).toEqual([]);

  const answers = answersIn(stdout);
  expect(answers).toContainEqual({ wouldSucceed: true, outcome: 'CREATE', findings: [] });
  expect(answers).toContainEqual(expect.objectContaining({ status: 'ACTIVE', trackingId: expect.any(String) }));
  expect(answers).toContainEqual({ accepted: 1, failed: [] });
  expect(answers).toContainEqual(expect.objectContaining({ status: 'DELETED' }));
  expect(stdout).toMatch(/^preference-applied: wait=20/im);
  expect(stdout).toMatch(/^link: .*rel="describedby"/im);
  expect(stdout).toMatch(/^idempotency-replayed: true/im);
});
