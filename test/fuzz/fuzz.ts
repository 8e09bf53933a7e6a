import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import type { OpenApiDocument } from '../../functions/api/openapi.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { type Conformance, conformanceTo } from '../contract/openapi/conformance.ts';
import { signedRequest } from '../contract/tenancy/sign.ts';
import { datasetGroupsOf } from '../e2e/api/dataset-groups.ts';
import { call, DEMO_GROUP, type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { type FuzzRequest, requestsOf } from './requests.ts';

const GROUPS = DEMO_GROUP.slice(0, DEMO_GROUP.lastIndexOf('/') + 1);
/** Texts that only the other tenant's resources contain. */
const VICTIM = {
  name: 'payrollsecret',
  datasetGroupArn: `${GROUPS}initech-payroll`,
  tags: [{ tagKey: 'tpsreports', tagValue: 'coversheet' }],
  clientContext: 'stapler-red',
};
/** Matches a stack trace line or a position in the code. */
const STACK = /(?:\n|\\n)\s*at |node_modules|\.[cm]?[jt]s:\d+|node:internal/;

interface Fuzzed {
  readonly seed: number;
  readonly runs: number;
  /** The number of responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The runtime's output. */
  readonly output: string;
  /** Secrets that must not be printed: tokens and tracking IDs. */
  readonly secrets: readonly string[];
}

/**
 * Sends valid and mutated requests of the OpenAPI document to its own local runtime, one after the other. Each response must conform to the
 * document. It must not be a 500, and must show no stack trace, no data of another tenant, and no tracking ID unless ACTIVE.
 * @throws Error with the seed and the smallest failing request
 */
export async function fuzz({ runs, seed = Date.now() % 2 ** 31 }: { runs: number; seed?: number }): Promise<Fuzzed> {
  console.log(`fuzz: ${runs} requests, seed ${seed}`);
  const runtime = await startLocalRuntime({ environment: { CREATE_IN_FLIGHT_SECONDS: '1', RETENTION_SECONDS: '1' } });
  try {
    const world = await prepared(runtime);
    const statuses: Record<string, number> = {};
    const requests = requestsOf(world.document, world.known);
    const property = fc.asyncProperty(requests, async (request) => {
      const answer = await send(runtime, world.tokens, request);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const faults = faultsOf(request, answer, world);
      if (faults.length > 0)
        throw new Error(
          `${faults.join('; ')}\n${request.method} ${request.target}\n${request.body ?? ''}\n→ ${answer.status} ${answer.text.slice(0, 2_000)}`,
        );
    });
    await fc.assert(property, { numRuns: runs, seed });
    console.log(`fuzz: ${JSON.stringify(statuses)}`);
    return { seed, runs, statuses, output: runtime.output(), secrets: world.secrets };
  } finally {
    await runtime.end('SIGKILL');
  }
}

interface World {
  readonly document: OpenApiDocument;
  readonly conformance: Conformance;
  readonly known: { trackerIds: string[]; groups: string[] };
  readonly tokens: { readonly owner: string; readonly reader: string };
  /** Texts that no response to another tenant may contain, in lower case. */
  readonly foreign: readonly string[];
  readonly secrets: readonly string[];
}

/**
 * Creates the other tenant's tracker and waits for ACTIVE. Prepares dataset groups of our own tenant, ready and not, with and without
 * trackers.
 */
async function prepared(runtime: LocalRuntime): Promise<World> {
  const groups = await datasetGroupsOf(runtime);
  await groups.make('initech-payroll');
  const own = await Promise.all(['acme-a', 'acme-b', 'acme-c'].map((name) => groups.make(name)));
  groups.personalize.destroy();
  const initech = await tokenOf(runtime, 'initech');
  const made = await call(runtime, 'POST', '/event-trackers', { token: initech, body: VICTIM });
  const location = made.headers.get('location') ?? '';
  const { body: victim } = await call(runtime, 'GET', location, { token: initech, headers: { prefer: 'wait=20' } });
  if (victim.status !== 'ACTIVE') throw new Error(`the other tenant's tracker is ${victim.status}`);
  const owner = await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt']);
  const reader = await tokenOf(runtime, 'acme', ['read']);
  const document = (await call(runtime, 'GET', '/openapi.json')).body as OpenApiDocument;
  const arns = [...own, DEMO_GROUP, `${GROUPS}acme-nowhere`, VICTIM.datasetGroupArn];
  return {
    document,
    conformance: conformanceTo(document),
    known: { trackerIds: arns.map(trackerIdOf), groups: arns },
    tokens: { owner, reader },
    foreign: [
      VICTIM.name,
      VICTIM.clientContext,
      'tpsreports',
      'coversheet',
      victim.trackingId,
      victim.eventTrackerArn,
    ].map((text: string) => text.toLowerCase()),
    secrets: [owner, reader, initech, victim.trackingId],
  };
}

interface FuzzAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Uses node:http, which sends unusual paths and bodies unchanged. */
async function send(runtime: LocalRuntime, tokens: World['tokens'], request: FuzzRequest): Promise<FuzzAnswer> {
  const { method, target, body, caller } = request;
  const headers = { ...request.headers, ...(await credentials(runtime, tokens, request)) };
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(runtime.apiUrl);
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const outgoing = httpRequest(
      { hostname, port, method, path: target, headers: { ...headers, ...length } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          );
          resolve({
            status: answer.statusCode ?? 0,
            headers: new Headers(pairs),
            text: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('error', (error) =>
      reject(new Error(`no response to ${method} ${target} from ${caller}`, { cause: error })),
    );
    outgoing.end(body);
  });
}

async function credentials(
  runtime: LocalRuntime,
  tokens: World['tokens'],
  request: FuzzRequest,
): Promise<Record<string, string>> {
  switch (request.caller) {
    case 'owner':
    case 'reader':
      return { authorization: `Bearer ${tokens[request.caller]}` };
    case 'rubbish':
      return { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJpbml0ZWNoIn0.' };
    case 'platform':
    case 'outsider': {
      // The signer normalizes unusual targets, so their signature does not match.
      const address = new URL(request.target, runtime.apiUrl).href;
      const body = request.body?.toString('utf8');
      const signed = await signedRequest(
        request.method,
        address,
        { headers: request.headers, ...(body && { body }) },
        { accessKeyId: request.caller },
      );
      return signed.headers;
    }
    case 'none':
      return {};
  }
}

function faultsOf({ caller, method, target }: FuzzRequest, answer: FuzzAnswer, world: World): string[] {
  const { status, headers, text } = answer;
  const path = target.split('?', 1)[0] ?? '';
  const faults = world.conformance.faultsOf({ method, path, status, headers, text });
  if (status === 500) faults.push('the status is 500');
  if (STACK.test(text)) faults.push('the response shows a stack trace or a code position');
  const all = `${JSON.stringify([...headers])}\n${text}`.toLowerCase();
  // A platform may see all tenants.
  if (caller !== 'platform' && world.foreign.some((secret) => all.includes(secret)))
    faults.push("the response shows another tenant's data");
  for (const [, resource = ''] of text.matchAll(/(\{"trackerId"[^{}]*"trackingId")/g)) {
    if (!resource.includes('"status":"ACTIVE"')) faults.push('a tracker that is not ACTIVE has a tracking ID');
  }
  return faults;
}
