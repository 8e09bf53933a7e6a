import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Api, Broken } from './api.ts';
import { createClients, OwnPersonalize, type Place, placeOf } from './aws.ts';
import { platformBy, tenantBy } from './caller.ts';
import { cleanUp, isRunning, type Remover } from './clean-up.ts';
import { Journal, type Kind, type Run } from './journal.ts';
import { LIFECYCLE } from './lifecycle.ts';
import type { Options } from './options.ts';
import { REFUSALS } from './refusals.ts';
import { lineOf, type Report, type Result } from './report.ts';
import { Subscription } from './subscription.ts';
import { type Check, Skipped, World } from './world.ts';

/** Why a check is skipped that needs something that the command line did not give. */
const MISSING = {
  other: 'needs --other-token-command',
  platform: 'needs --role',
  events: 'needs --bus-arn',
} as const;

/**
 * Runs the suite: cleans up after earlier runs, makes its own dataset group and subscription, runs the checks, and removes everything.
 * @param stopped ends the waiting; what was made is removed all the same
 * @throws UsageError for tokens that cannot be used; the SDK's errors without credentials or permissions. Nothing is made before
 */
export async function runSuite(options: Options, say: (line: string) => void, stopped: AbortSignal): Promise<Report> {
  const started = Date.now();
  const clients = createClients();
  const tenant = await tenantBy('--token-command', options.tokenCommand, options.tenantClaim);
  const place = await placeOf(clients);
  const busName = options.busArn?.split('event-bus/')[1];
  const here = { url: options.url, tenant: tenant.tenant, accountId: place.accountId, region: place.region };
  const name = `acceptance-${Date.now().toString(36)}${randomBytes(2).toString('hex')}`;
  const run: Run = { name, ...here, pid: process.pid, host: hostname(), ...(busName && { busName }) };

  /** With a signal of its own: cleaning up goes on after Ctrl-C. */
  const removerOf = async (of: Run): Promise<Remover> => {
    const parts = partsOf(of, { options, clients, place, stopped: new AbortController().signal });
    await parts.api.open();
    return { ...parts, tenant };
  };
  const leftBehind: string[] = [];
  for (const journal of Journal.readAll(options.state)) {
    const isHere = (Object.keys(here) as (keyof typeof here)[]).every((key) => journal.run[key] === here[key]);
    if (!isHere || isRunning(journal)) {
      say(
        `not touched: ${journal.run.name}, ${isHere ? `which runs as pid ${journal.run.pid}` : `which worked on ${journal.run.url}`}`,
      );
      continue;
    }
    say(`cleaning up after ${journal.run.name}`);
    leftBehind.push(...(await cleanUp(journal, await removerOf(journal.run), say)));
  }
  const report = (results: readonly Result[], made: readonly string[]): Report => ({
    ...{ run: name, url: options.url, startedAt: new Date(started).toISOString() },
    ...{ seconds: (Date.now() - started) / 1000, results, made, leftBehind },
  });
  if (options.cleanUpOnly) return report([], []);

  const { api, personalize, events } = partsOf(run, { options, clients, place, stopped });
  const results: Result[] = [];
  const record = (result: Result) => {
    results.push(result);
    say(lineOf(result));
  };
  const other =
    options.otherTokenCommand === undefined
      ? undefined
      : await tenantBy('--other-token-command', options.otherTokenCommand, options.tenantClaim);
  const platform = options.role === undefined ? undefined : await platformBy(clients.sts, options.role, name);
  await api.open();
  const journal = new Journal(options.state, run);
  const made: string[] = [];
  const making = (kind: Kind, id: string) => {
    say(`making the ${kind} ${id}`);
    made.push(`${kind} ${id}`);
    journal.making(kind, id);
  };
  try {
    const world = new World({ api, tenant, other, platform, personalize, events, journal });
    const checks: Check[] = [
      {
        name: 'The run has a dataset group and a subscription of its own',
        run: () => prepare(personalize, events, making),
      },
    ];
    for (const check of [...checks, ...REFUSALS, ...LIFECYCLE]) {
      if (stopped.aborted) break;
      record(await resultOf(check, world));
      // Without them, nothing else can be tested.
      if (results.length === 1 && results[0]?.outcome === 'failed') break;
    }
    if (journal.has('event tracker', world.datasetGroupArn)) made.push(`event tracker on ${world.datasetGroupArn}`);
  } finally {
    leftBehind.push(...(await cleanUp(journal, await removerOf(run), say)));
  }
  return report(results, made);
}

type Clients = ReturnType<typeof createClients>;
interface Around {
  readonly options: Options;
  readonly clients: Clients;
  readonly place: Place;
  readonly stopped: AbortSignal;
}

function partsOf({ name, tenant, busName }: Run, { options, clients, place, stopped }: Around) {
  const waiting = { timeoutMs: options.timeoutMs, stopped };
  return {
    api: new Api(options.url, name, waiting),
    // The name of a tenant's dataset group begins with the tenant.
    personalize: new OwnPersonalize(clients.personalize, place, `${tenant}-${name}`, waiting),
    events:
      busName === undefined
        ? undefined
        : new Subscription(clients, { place, busName, name: `event-trackers-${name}`, waiting }),
  };
}

/** Makes what the checks need. Each name is looked up first: what exists already belongs to somebody else. */
async function prepare(
  personalize: OwnPersonalize,
  events: Subscription | undefined,
  making: (kind: Kind, id: string) => void,
): Promise<void> {
  const isFree = (what: string, exists: boolean) => {
    if (exists) throw new Broken(`there is a ${what} of this run's name already, which somebody else made`);
  };
  isFree('schema', await personalize.hasSchema());
  isFree('dataset group', await personalize.hasDatasetGroup());
  making('schema', personalize.schemaArn);
  await personalize.createSchema();
  making('dataset group', personalize.datasetGroupArn);
  await personalize.createDatasetGroup();
  // The first check creates it.
  making('dataset', personalize.datasetArn);
  if (events === undefined) return;
  isFree('queue', await events.hasQueue());
  isFree('rule', await events.hasRule());
  making('queue', events.name);
  await events.createQueue();
  making('rule', events.name);
  await events.createRule(personalize.datasetGroupArn);
}

async function resultOf({ name, needs, run }: Check, world: World): Promise<Result> {
  const start = performance.now();
  const result = (outcome: Result['outcome'], why?: string): Result => {
    const seconds = (performance.now() - start) / 1000;
    return { check: name, outcome, seconds, ...(why !== undefined && { why }) };
  };
  if (needs !== undefined && world[needs] === undefined) return result('skipped', MISSING[needs]);
  try {
    await run(world);
    return result('passed');
  } catch (error) {
    if (error instanceof Skipped) return result('skipped', error.message);
    if (error instanceof Broken) return result('failed', error.message);
    return result('failed', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}
